import type { Kernels } from '../kernels/kernels.ts'
import type { SoftmaxGradientSums } from '../kernels/softmax-gradients.ts'
import { type AttendedWithGradient, attendWithGradientInMemory } from '../operator/attend-with-gradient.ts'
import { attendProblem } from '../operator/attend-problem.ts'
import { headArrays, type HeadArrays, headViews, type HeadViews } from './head-arrays.ts'
import { type HeadsOptions, type HeadsShape, requireHeads, type WholeShape } from './heads-options.ts'
import { EasyHeads } from './easy-heads.ts'
import { clear, finishHead, meansOf, scaleInto } from './head-loops.ts'
import { HeadRuns } from './head-runs.ts'
import { KeyChooser } from './key-chooser.ts'

/**
 * Self-attention of many heads of one small shape over selected keys, and its gradient, again and again, as training takes it: what
 * `attendWithGradient` gives for each head, to the bit, without an array made by a call. Fill `arrays`, call `forward`, read
 * `output`; fill `dOutput`, call `backward`, read the gradients. Heads whose numbers are not easy for float32 go the way of
 * `attendWithGradient`, which takes longer. Takes kernel scratch for as long as it is used.
 */
export class AttentionHeads {
  readonly arrays: HeadArrays
  /** Of each head the fixed set of its last forward: row ids, ascending. */
  readonly keyIds: Float64Array[]
  readonly #shape: WholeShape
  readonly #options: HeadsOptions
  readonly #kernels: Kernels
  readonly #scale: number
  readonly #octaves: number
  readonly #views: readonly HeadViews[]
  readonly #runs: HeadRuns
  readonly #chooser: KeyChooser
  readonly #easy: EasyHeads
  readonly #hard: (AttendedWithGradient | undefined)[]
  readonly #means: Float64Array
  readonly #sums: SoftmaxGradientSums
  readonly #totals: SoftmaxGradientSums

  /** Throws ShapeMismatch and Option. */
  constructor(kernels: Kernels, given: HeadsShape, options: HeadsOptions) {
    const shape: WholeShape = { ...given, valueDim: given.valueDim ?? given.dim }
    requireHeads(shape, options)
    const { heads, rows, dim, valueDim } = shape
    const problem = attendProblem(options, { keyCount: rows, queryCount: rows, dim })
    this.#shape = shape
    this.#options = options
    this.#kernels = kernels
    this.#scale = problem.scale
    this.#octaves = problem.scale * Math.LOG2E
    this.arrays = headArrays(kernels, shape)
    this.#views = headViews(kernels, this.arrays, shape)
    this.#runs = new HeadRuns(kernels, shape, problem)
    this.#chooser = new KeyChooser(kernels, rows, dim, problem.set)
    this.#easy = new EasyHeads(kernels, shape, problem.scale)
    this.#hard = new Array<AttendedWithGradient | undefined>(heads).fill(undefined)
    this.keyIds = Array.from({ length: heads }, () => new Float64Array(0))
    this.#means = kernels.f64(rows)
    const room = () => ({
      queries: kernels.f64(rows * dim),
      keys: kernels.f64(rows * dim),
      values: kernels.f64(rows * valueDim),
    })
    this.#sums = room()
    this.#totals = room()
  }

  /**
   * `output` of `queries`, `keys` and `values`. `draw`: which of the sets of 'random', another for each head of each draw. Throws
   * Content for a NaN or infinity.
   */
  forward(draw = 0): void {
    this.#views.forEach((head, h) => {
      const isEasy = this.#easy.isForward(head)
      const own = draw * this.#shape.heads + h
      this.#hard[h] = undefined
      // Of keys that are not finite the long way tells.
      this.keyIds[h] = this.#easy.areKeysFinite ? this.#chooser.choose(head.keys, own) : new Float64Array(0)
      if (isEasy) this.#forwardEasy(head, this.keyIds[h])
      else head.output.set(this.#long(head, h).output)
    })
  }

  /** `dQueries`, `dKeys` and `dValues` of `dOutput` and the last forward, whose arrays are as they were. Throws Content. */
  backward(): void {
    this.#views.forEach((head, h) => {
      if (this.#hard[h] === undefined && this.#easy.isBackward(head)) {
        this.#backwardEasy(head, this.keyIds[h])
        return
      }
      const { queries, keys, values } = this.#long(head, h).gradient(head.dOutput)
      head.dQueries.set(queries)
      head.dKeys.set(keys)
      head.dValues.set(values)
    })
  }

  #forwardEasy(head: HeadViews, ids: Float64Array): void {
    scaleInto(head.octaves, head.queries, this.#octaves)
    head.shifts.fill(-Infinity)
    head.totals.fill(0)
    clear(head.sums)
    this.#runs.forEach(head, ids, ({ block, values, rows, sums }) =>
      this.#kernels.softmaxValues(sums, rows, block, values, this.#shape.valueDim),
    )
    finishHead(head.output, head.sums, head.totals, this.#shape.valueDim)
  }

  #backwardEasy(head: HeadViews, ids: Float64Array): void {
    const { dim, valueDim } = this.#shape
    const [sums, means] = [this.#sums, this.#means]
    const into = this.#runs.isOne ? { keys: head.dKeys, values: head.dValues } : this.#totals
    meansOf(means, head.dOutput, head.sums, valueDim)
    clear(sums.queries)
    into.keys.fill(0)
    into.values.fill(0)
    this.#runs.forEach(head, ids, (run) => {
      clear(sums.keys, run.block.keyCount * dim)
      clear(sums.values, run.block.keyCount * valueDim)
      const { from, to } = run
      const queries = sums.queries.subarray(from * dim, to * dim)
      const dOutputs = head.dOutput.subarray(from * valueDim, to * valueDim)
      const rows = { ...run.rows, means: means.subarray(from, to), dOutputs }
      this.#kernels.softmaxGradient({ ...sums, queries }, rows, run.block, run.values, valueDim)
      run.scatter(into.keys, sums.keys, dim, 1 / Math.LOG2E)
      run.scatter(into.values, sums.values, valueDim, 1)
    })
    scaleInto(head.dQueries, sums.queries, this.#scale)
    if (this.#runs.isOne) return
    scaleInto(head.dKeys, this.#totals.keys, 1)
    scaleInto(head.dValues, this.#totals.values, 1)
  }

  /** A head by itself, with the keys that were chosen. */
  #long({ queries, keys, values }: HeadViews, h: number): AttendedWithGradient {
    const { rows, dim, valueDim } = this.#shape
    const {
      rule: _rule,
      keep: _keep,
      seed: _seed,
      ...rest
    } = this.#options.selection as Record<string, unknown>
    const selection = (
      _rule === undefined ? rest : { ...rest, ids: this.keyIds[h] }
    ) as HeadsOptions['selection']
    const head = {
      queries: { data: queries, rows, cols: dim },
      keys: { data: keys, rows, cols: dim },
      values: { data: values, rows, cols: valueDim },
    }
    return (this.#hard[h] ??= attendWithGradientInMemory(
      head,
      { selection, scale: this.#scale },
      this.#kernels,
    ))
  }
}
