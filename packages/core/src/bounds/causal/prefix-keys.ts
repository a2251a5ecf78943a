import { earlyThreshold, filterKeys, finalThreshold } from '../filter-keys.ts'
import type { Kernels } from '../../kernels/kernels.ts'
import { withScratch } from '../../kernels/with-scratch.ts'
import type { Candidates } from '../../sums/candidates.ts'
import { scaleColumns } from '../../arithmetic/column-exponents.ts'
import { DotFilter } from '../dot-filter.ts'
import { boundOf, type Factor, whiteningErrorOf } from '../factor/factor.ts'
import { Scorer } from '../scorer.ts'

const SCORER_ROWS = 1024

/** The keys of a prefix that a block's queries are searched among. */
interface PrefixKeys {
  /** Keys that may be heavy for queries of later blocks. */
  readonly kept: Candidates
  readonly filter: DotFilter
  readonly rowIds: Float64Array
  readonly keys: Float64Array // k̂ [rowIds, dim]
}

/** Bounds of the held keys by this prefix, and those that reach epsilon, whitened. */
export function prefixKeys(
  kernels: Kernels,
  factor: Factor | undefined,
  held: Candidates,
  exponents: Int32Array,
  epsilon: number,
): PrefixKeys {
  const { dim } = held
  if (factor === undefined) {
    const filter = new DotFilter(kernels, dim, new Float32Array(0), 0)
    return { kept: held, filter, rowIds: new Float64Array(0), keys: new Float64Array(0) }
  }
  const scaled = Float64Array.from(held.keys)
  scaleColumns(scaled, held.count, exponents)
  const whitened = new Float32Array(held.count * dim)
  const bounds = boundsOf(kernels, factor, scaled, held.count, whitened)
  const slots = filterKeys(held, bounds, finalThreshold(factor, epsilon))
  const keys = new Float64Array(slots.length * dim)
  const searched = new Float32Array(slots.length * dim)
  slots.forEach((slot, i) => {
    keys.set(scaled.subarray(slot * dim, (slot + 1) * dim), i * dim)
    searched.set(whitened.subarray(slot * dim, (slot + 1) * dim), i * dim)
  })
  // A ridge's drop is good for the queries of this block, which are tested against it, and for no later ones.
  const kept =
    factor.ridge > 0 ? held : held.at(filterKeys(held, bounds, earlyThreshold(factor, epsilon)), bounds)
  const filter = new DotFilter(kernels, dim, searched, whiteningErrorOf(factor))
  return { kept, filter, rowIds: Float64Array.from(slots, (slot) => held.rowIds[slot]), keys }
}

function boundsOf(
  kernels: Kernels,
  factor: Factor,
  scaled: Float64Array,
  count: number,
  whitened: Float32Array,
): Float64Array {
  const { dim } = factor
  const bounds = new Float64Array(count)
  return withScratch(kernels, () => {
    const scorer = new Scorer(kernels, factor, SCORER_ROWS)
    const rows = kernels.f64(SCORER_ROWS * dim)
    const tau = kernels.f64(SCORER_ROWS)
    const x = kernels.f64(SCORER_ROWS * dim)
    for (let start = 0; start < count; start += SCORER_ROWS) {
      const rowCount = Math.min(SCORER_ROWS, count - start)
      rows.set(scaled.subarray(start * dim, (start + rowCount) * dim))
      scorer.score(tau, rows, rowCount, x)
      whitened.set(x.subarray(0, rowCount * dim), start * dim)
      for (let r = 0; r < rowCount; r++) bounds[start + r] = boundOf(factor, tau[r])
    }
    return bounds
  })
}
