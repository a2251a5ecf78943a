import { NO_MASK } from '../attention/mask.ts'
import { fixedSet } from '../fixed-set/in-memory.ts'
import { nineDecimals } from '../fixed-set/segment-set.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { RandomStream } from '../random/random.ts'
import { chooseLargest, nthLargest } from '../selection/choose.ts'
import { DEFAULT_SEED, type NamedSet } from '../selection/fixed-set.ts'
import { SURELY_GOOD } from '../selection/tau-factor.ts'

/** Squared norms within this share of one another may be in another order: two sums of at most 4096 squares differ by 9.2e-13 at most. */
const NEAR = 1e-12

interface HeadRows {
  readonly keys: Float32Array
  readonly queries: Float32Array
}

/**
 * Chooses keys of many heads of one shape, as `fixedSet` does, which says what a rule means: here is its short cut for keys that are
 * easy, and `fixedSet` for others. Takes kernel scratch.
 */
export class KeyChooser {
  readonly #kernels: Kernels
  readonly #rows: number
  readonly #dim: number
  readonly #set: NamedSet
  readonly #scale: number
  readonly #ids: Float64Array
  readonly #scores: Float64Array
  readonly #sorted: Float64Array
  readonly #gram: Float64Array
  readonly #norms: Float64Array
  readonly #equal: Float64Array
  readonly #lower: Float64Array
  readonly #ones: Float64Array

  constructor(kernels: Kernels, rows: number, dim: number, set: NamedSet, scale: number) {
    this.#kernels = kernels
    this.#scale = scale
    this.#rows = rows
    this.#dim = dim
    this.#set = set
    this.#ids = Float64Array.from({ length: rows }, (_, id) => id)
    this.#scores = kernels.f64(rows)
    this.#sorted = new Float64Array(rows)
    this.#gram = kernels.f64(dim * dim)
    this.#norms = kernels.f64(dim)
    this.#equal = kernels.f64(dim * dim)
    this.#lower = kernels.f64(dim * dim)
    this.#ones = kernels.f64(dim).fill(1)
  }

  /** Row ids, ascending, of finite `keys` and `queries` [rows, dim] in the kernels' memory; `draw`: which of the sets of 'random'. */
  choose({ keys, queries }: HeadRows, draw: number): Float64Array {
    const set = this.#set
    if ('rule' in set && 'keep' in set && this.#score(keys, set, draw))
      return chooseLargest(this.#scores, this.#ids, set.keep)
    const dense = (data: Float32Array) => ({ rows: this.#rows, cols: this.#dim, data })
    const head = { keys: dense(keys), queries: dense(queries) }
    return fixedSet(head, NO_MASK, this.#scale, set, { kernels: this.#kernels, draw })
  }

  /** False where the short cut does not tell. */
  #score(keys: Float32Array, set: Extract<NamedSet, { rule: unknown; keep: number }>, draw: number): boolean {
    if (set.rule === 'leverage') return this.#leverage(keys)
    if (set.rule === 'norm-max') return this.#lengths(keys, set.keep)
    if (set.rule !== 'random') return false
    const stream = new RandomStream(set.seed ?? DEFAULT_SEED, 'selectionRandom')
    for (let id = 0; id < this.#rows; id++) this.#scores[id] = stream.uniform(id, draw)
    return true
  }

  /** Of keys whose Gram is regular as it is: tau-factor.ts has its factor then, by the same steps. */
  #leverage(keys: Float32Array): boolean {
    const [kernels, rows, dim, gram, lower] = [this.#kernels, this.#rows, this.#dim, this.#gram, this.#lower]
    kernels.addGram(gram.fill(0), keys, rows, dim)
    for (let a = 0; a < dim; a++) {
      this.#norms[a] = Math.sqrt(gram[a * (dim + 1)])
      if (this.#norms[a] === 0) return false
    }
    kernels.equilibrate(this.#equal, gram, this.#norms, dim)
    for (let i = 0; i < gram.length; i++) gram[i] = this.#equal[i]
    for (let a = 0; a < dim; a++) gram[a * (dim + 1)] -= SURELY_GOOD
    if (kernels.cholesky(lower, gram, dim) >= 0) return false
    kernels.cholesky(lower, this.#equal, dim)
    for (let a = 0; a < dim; a++) for (let i = a * dim; i <= a * (dim + 1); i++) lower[i] *= this.#norms[a]
    kernels.leverage(this.#scores, keys, lower, rows, dim)
    for (let id = 0; id < rows; id++) this.#scores[id] = nineDecimals(this.#scores[id])
    return true
  }

  /** Where no key is as long as the last that is kept, as far as plain sums tell. */
  #lengths(keys: Float32Array, keep: number): boolean {
    if (keep === 0) return true
    this.#kernels.weightedNorms(this.#scores, keys, this.#ones, this.#rows, this.#dim)
    this.#sorted.set(this.#scores)
    const last = nthLargest(this.#sorted, keep)
    let near = 0
    for (const norm of this.#scores) if (Math.abs(norm - last) <= NEAR * last) near++
    return near === 1
  }
}
