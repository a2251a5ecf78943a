import { promoteHigh } from './lanes'

/**
 * Columns in panels of 4: target panel j holds columns 4j .. 4j+3 of source [rowCount, dim] as
 * [rowCount][4] f64, zeros where a column is missing. Panels are `panelStride` bytes apart.
 */
export function packColumns<T>(
  source: usize,
  target: usize,
  rowCount: usize,
  dim: usize,
  panelStride: usize,
): void {
  const rowStride = dim * sizeof<T>()
  for (let c: usize = 0; c < dim; c += 4) {
    const end = target + (rowCount << 5)
    let from = source + c * sizeof<T>()
    if (c + 4 <= dim) {
      for (let to = target; to < end; to += 32) {
        copyFour<T>(from, to)
        from += rowStride
      }
    } else {
      for (let to = target; to < end; to += 32) {
        copyTail<T>(from, to, dim - c)
        from += rowStride
      }
    }
    target += panelStride
  }
}

// @ts-ignore: decorator
@inline
function copyFour<T>(source: usize, target: usize): void {
  if (sizeof<T>() == 4) {
    const four = v128.load(source)
    v128.store(target, f64x2.promote_low_f32x4(four))
    v128.store(target, promoteHigh(four), 16)
  } else {
    v128.store(target, v128.load(source))
    v128.store(target, v128.load(source, 16), 16)
  }
}

function copyTail<T>(source: usize, target: usize, count: usize): void {
  for (let t: usize = 0; t < 4; t++) {
    store<f64>(target + (t << 3), t < count ? <f64>load<T>(source + t * sizeof<T>()) : 0)
  }
}
