import type { MissingRows } from '@levattention/core/internal'

/** `missing`, and the rows whose one of `weights` [rows] is missing beside; none where there are no weights. */
export function withoutWeight(missing: MissingRows, weights: Float64Array): MissingRows {
  const whole = new Uint8Array(new SharedArrayBuffer(missing.whole.length))
  whole.set(missing.whole)
  let { rowCount } = missing
  weights.forEach((weight, row) => {
    if (!Number.isNaN(weight)) return
    rowCount += whole[row]
    whole[row] = 0
  })
  return { ...missing, whole, rowCount }
}
