import type { Visibility } from '../attention/visibility.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scratchRows } from '../kernels/with-scratch.ts'
import { firstNonFinite, throwNonFinite } from '../matrix/non-finite.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import type { LogitTile } from '../selection/attention-sums.ts'
import type { LogSums } from '../selection/log-sums.ts'
import type { GroupScope } from './group-scope.ts'

/** A_ij of a tile, and the values of its keys, in the kernels' memory. */
export interface ShareTile {
  readonly keyStart: number
  readonly keyCount: number
  readonly queryStart: number
  readonly queryCount: number
  /** [queryCount, keyCount]; 0 of keys that are not seen. */
  readonly shares: Float64Array
  /** The same, and 0 of local keys too; the same array where none is local. */
  readonly distant: Float64Array
  /** [keyCount, dv] */
  readonly values?: Float64Array | undefined
}

/** What a group's tiles are made of. */
export interface ShareTerms {
  readonly kernels: Kernels
  readonly scope: GroupScope
  readonly sums: LogSums
  readonly visibility: Visibility
  readonly isLocal: boolean
  readonly values: MatrixSource | undefined
}

/** Takes kernel scratch. Throws Content where a value is not finite. */
export function shareTile(tile: LogitTile, terms: ShareTerms): ShareTile {
  const { keyStart, keyCount, queryStart, queryCount } = tile
  const { kernels, isLocal, values } = terms
  const shares = kernels.f64(queryCount * keyCount)
  fillShares(shares, tile, terms)
  const distant = isLocal ? kernels.f64(shares.length) : shares
  if (isLocal) {
    distant.set(shares)
    for (let q = 0; q < queryCount; q++) hideLocal(distant, q, tile, terms.scope)
  }
  const place = { keyStart, keyCount, queryStart, queryCount }
  return { ...place, shares, distant, values: values && readValues(kernels, values, keyStart, keyCount) }
}

function fillShares(shares: Float64Array, tile: LogitTile, { sums, visibility }: ShareTerms): void {
  const { logits, keyStart, keyCount, queryStart, queryCount, starts, ends } = tile
  const { keyMask } = visibility
  for (let q = 0; q < queryCount; q++) {
    const top = sums.tops[queryStart + q]
    const total = sums.totals[queryStart + q]
    const end = Math.min(keyCount, ends[q] - keyStart)
    for (let k = Math.max(0, starts[q] - keyStart); k < end; k++) {
      if (keyMask?.[keyStart + k] === 0) continue
      shares[q * keyCount + k] = Math.exp(logits[k * queryCount + q] - top) / total
    }
  }
}

function hideLocal(distant: Float64Array, q: number, tile: LogitTile, scope: GroupScope): void {
  const { keyStart, keyCount, queryStart } = tile
  for (const { rowStart, rowEnd } of scope.local[queryStart + q]) {
    const from = Math.max(0, rowStart - keyStart)
    const to = Math.min(keyCount, rowEnd - keyStart)
    if (from < to) distant.fill(0, q * keyCount + from, q * keyCount + to)
  }
}

function readValues(kernels: Kernels, source: MatrixSource, keyStart: number, keyCount: number) {
  const read = scratchRows(kernels, source.element, keyCount * source.cols)
  source.readRows(keyStart, keyStart + keyCount, read)
  if (firstNonFinite(read) >= 0) throwNonFinite(source, keyStart, keyCount, 'values')
  if (read instanceof Float64Array) return read
  const values = kernels.f64(read.length)
  values.set(read)
  return values
}
