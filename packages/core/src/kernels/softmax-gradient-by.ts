import { FLOAT64_ARITHMETIC } from './float64-softmax.ts'
import { FLOAT32_ARITHMETIC } from './scalar-softmax.ts'
import { type SoftmaxArithmetic, visibleLogits } from './softmax-by.ts'
import { GRADIENT_ROWS, type SoftmaxGradientRows, type SoftmaxGradients } from './softmax-gradients.ts'
import type { Floats, SoftmaxBlock } from './softmax-kernels.ts'

/** Gradients of softmax rows as SoftmaxGradients says, in plain TypeScript. */
function gradientBy<F extends Floats>(arithmetic: SoftmaxArithmetic<F>): SoftmaxGradients<F> {
  return {
    softmaxGradient({ queries, keys, values: valueSums }, rows, block, values, valueDim) {
      const { dim } = block
      for (let keyStart = 0; keyStart < block.keyCount; keyStart += GRADIENT_ROWS) {
        for (let first = 0; first < block.queryCount; first += GRADIENT_ROWS) {
          const tile = tileAt(block, first, keyStart)
          if (!sees(block, tile)) continue
          const { weights, slopes } = weigh(arithmetic, rows, block, tile, values, valueDim)
          const [byQuery, byKey] = [walkOf(tile, 'queries'), walkOf(tile, 'keys')]
          addProducts(arithmetic, queries, slopes, block.keys, dim, byQuery)
          addProducts(arithmetic, keys, slopes, block.queries, dim, byKey)
          addProducts(arithmetic, valueSums, weights, rows.dOutputs, valueDim, byKey)
        }
      }
    },
  }
}

/** See SoftmaxGradients. */
export const scalarGradient: SoftmaxGradients<Float32Array> = gradientBy(FLOAT32_ARITHMETIC)

/** In float64, for rows that float32 is not enough for. Arrays of any memory, of either precision. */
export const float64Gradient: SoftmaxGradients<Floats> = gradientBy(FLOAT64_ARITHMETIC)

/** A group of queries and a block of keys. */
interface Tile {
  readonly first: number
  readonly queryCount: number
  readonly keyStart: number
  readonly keyCount: number
}

function tileAt({ queryCount, keyCount }: SoftmaxBlock<Floats>, first: number, keyStart: number): Tile {
  return {
    first,
    queryCount: Math.min(GRADIENT_ROWS, queryCount - first),
    keyStart,
    keyCount: Math.min(GRADIENT_ROWS, keyCount - keyStart),
  }
}

function sees({ ranges }: SoftmaxBlock<Floats>, { first, queryCount, keyStart, keyCount }: Tile): boolean {
  if (!ranges) return true
  for (let q = first; q < first + queryCount; q++) {
    if (Math.max(ranges.starts[q], keyStart) < Math.min(ranges.ends[q], keyStart + keyCount)) return true
  }
  return false
}

/** P and the slopes of a tile, [queryCount, keyCount] each. */
function weigh<F extends Floats>(
  arithmetic: SoftmaxArithmetic<F>,
  { shifts, totals, means, dOutputs }: SoftmaxGradientRows<F>,
  block: SoftmaxBlock<F>,
  { first, queryCount, keyStart, keyCount }: Tile,
  values: F,
  valueDim: number,
): { readonly weights: F; readonly slopes: F } {
  const { floats, round, dots, exp2 } = arithmetic
  const [weights, slopes] = [floats(queryCount * keyCount), floats(queryCount * keyCount)]
  const products = floats(keyCount)
  for (let t = 0; t < queryCount; t++) {
    const q = first + t
    if (totals[q] === 0) continue
    const logits = visibleLogits(arithmetic, block, q, keyStart, GRADIENT_ROWS)
    dots(products, dOutputs, q * valueDim, values, keyStart * valueDim, valueDim)
    const [inverse, mean] = [round(1 / totals[q]), round(means[q])]
    for (let k = 0; k < keyCount; k++) {
      if (logits[k] === -Infinity) continue
      const weight = round(exp2(round(logits[k] - shifts[q])) * inverse)
      weights[t * keyCount + k] = weight
      slopes[t * keyCount + k] = round(weight * round(products[k] - mean))
    }
  }
  return { weights, slopes }
}

/** How a sum walks through the entries of a tile: one for each `rows`, `step` entries apart, over `terms` that are `termStep` apart. */
interface Walk {
  readonly rowStart: number
  readonly rows: number
  readonly step: number
  readonly termStart: number
  readonly terms: number
  readonly termStep: number
}

function walkOf({ first, queryCount, keyStart, keyCount }: Tile, sumsOf: 'queries' | 'keys'): Walk {
  const queries = { start: first, count: queryCount, step: keyCount }
  const keys = { start: keyStart, count: keyCount, step: 1 }
  const [own, other] = sumsOf === 'queries' ? [queries, keys] : [keys, queries]
  return {
    rowStart: own.start,
    rows: own.count,
    step: own.step,
    termStart: other.start,
    terms: other.count,
    termStep: other.step,
  }
}

/** sums [., width] += Σ entry · others [., width], of the rows of `walk`. */
function addProducts<F extends Floats>(
  { floats, addMultiple }: SoftmaxArithmetic<F>,
  sums: Float64Array,
  entries: F,
  others: F,
  width: number,
  { rowStart, rows, step, termStart, terms, termStep }: Walk,
): void {
  const parts = floats(width)
  for (let r = 0; r < rows; r++) {
    parts.fill(0)
    for (let t = 0; t < terms; t++) {
      const entry = entries[r * step + t * termStep]
      // Of hidden pairs, which add nothing.
      if (entry !== 0) addMultiple(parts, entry, others, (termStart + t) * width, width)
    }
    for (let c = 0, at = (rowStart + r) * width; c < width; c++) sums[at + c] += parts[c]
  }
}
