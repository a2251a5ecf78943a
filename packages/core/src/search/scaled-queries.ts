import { type Kernels, LARGEST_SHIFT } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { firstNonFinite } from '../matrix/non-finite.ts'
import { exponentOf, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import type { Factor } from '../bounds/factor/factor.ts'

/**
 * Scales `queries` [queryCount, dim] into `out` [queryCount, dim] in the columns of the keys: q̂_a = q_a 2^exponents[a], times
 * one power of two a query, told in `shifts`, that brings its largest entry into [1/2, 1), and a further 2^lift; columns in
 * which every key is zero are set to zero. <q̂, k̂> = 2^shift <q, k> exactly (but for underflow of entries 2^-1000 below
 * the largest). Returns -1, or the index of the first NaN or infinity.
 */
export function scaleQueries(
  factor: Pick<Factor, 'dim' | 'exponents' | 'live'>,
  queries: Float32Array | Float64Array,
  queryCount: number,
  out: Float64Array,
  shifts: Int32Array,
  lift = 0,
): number {
  const { dim, exponents, live } = factor
  const plain = exponents.every((e) => e === 0) && live.every((isLive) => isLive === 1)
  for (let q = 0; q < queryCount; q++) {
    const start = q * dim
    const bad = firstNonFinite(queries, start, start + dim)
    if (bad >= 0) return bad
    const row = queries.subarray(start, start + dim)
    const largest = plain ? largestPlain(row) : largestScaled(row, exponents, live)
    shifts[q] = largest === -Infinity ? 0 : lift - largest
    const simple = plain && Math.abs(shifts[q]) < LARGEST_SHIFT
    const factorAll = simple ? 2 ** shifts[q] : 1
    for (let a = 0; a < dim; a++) {
      if (simple) out[start + a] = row[a] * factorAll
      else out[start + a] = live[a] ? scalePowerOfTwo(row[a], shifts[q] + exponents[a]) : 0
    }
  }
  return -1
}

/**
 * As `scaleQueries` without a lift, by the kernels where the keys' columns have no exponents: no loop over the entries in
 * JavaScript. `out` is of the kernels' memory.
 */
export function scaleQueriesBy(
  kernels: Kernels,
  factor: Pick<Factor, 'dim' | 'exponents' | 'live'>,
  queries: Float32Array | Float64Array,
  queryCount: number,
  out: Float64Array,
  shifts: Int32Array,
): number {
  const { dim, exponents, live } = factor
  const plain = exponents.every((e) => e === 0) && live.every((isLive) => isLive === 1)
  const entryByEntry = () => scaleQueries(factor, queries, queryCount, out, shifts)
  if (!plain) return entryByEntry()
  return withScratch(kernels, () => {
    const length = queryCount * dim
    const rows = queries instanceof Float32Array ? kernels.f32(length) : kernels.f64(length)
    rows.set(queries.subarray(0, length))
    const [maxima, factors] = [kernels.f64(queryCount), kernels.f64(queryCount)]
    const own = kernels.u32(queryCount)
    kernels.rowMaxima(maxima, rows, queryCount, dim)
    if (kernels.powersOfTwo(factors, own, maxima, queryCount) < queryCount) return entryByEntry()
    shifts.set(new Int32Array(own.buffer, own.byteOffset, queryCount))
    kernels.scaleRows(out, rows, factors, queryCount, dim)
    return -1
  })
}

/** The exponent of the row's largest entry; -Infinity for a row of zeros. */
function largestPlain(row: Float32Array | Float64Array): number {
  let largest = 0
  for (const value of row) largest = Math.max(largest, Math.abs(value))
  return largest === 0 ? -Infinity : exponentOf(largest)
}

/** The same for q_a 2^exponents[a] over the live columns, which may be out of float64's range. */
function largestScaled(row: Float32Array | Float64Array, exponents: Int32Array, live: Uint8Array): number {
  let largest = -Infinity
  row.forEach((value, a) => {
    if (value !== 0 && live[a]) largest = Math.max(largest, exponentOf(value) + exponents[a])
  })
  return largest
}
