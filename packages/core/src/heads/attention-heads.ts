import { shown } from '../arguments/kind-of.ts'
import { LevError } from '../errors/errors.ts'
import { keptKeys } from '../attend/kept-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { type AttendProblem, attendProblem } from '../operator/attend-problem.ts'
import { type AttendedWithGradient, attendWithGradientInMemory } from '../operator/attend-with-gradient.ts'
import { EasyHeads } from './easy-heads.ts'
import { type HeadArrays, headArrays, type HeadViews, headViews } from './head-arrays.ts'
import {
  type HeadsOptions,
  type HeadsShape,
  requireHeads,
  type WholeShape,
  wholeShape,
} from './heads-options.ts'
import { type HeadSolver, KeptHeads } from './kept-heads.ts'
import { KeyChooser } from './key-chooser.ts'
import { WindowedHeads } from './windowed-heads.ts'

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
  readonly #problem: AttendProblem
  readonly #views: readonly HeadViews[]
  readonly #solver: HeadSolver
  readonly #chooser: KeyChooser
  readonly #easy: EasyHeads
  readonly #hard: (AttendedWithGradient | undefined)[]

  /** Throws ShapeMismatch and Option. */
  constructor(kernels: Kernels, given: HeadsShape, options: HeadsOptions) {
    const shape = wholeShape(given)
    requireHeads(shape, options)
    const { heads, rows, dim } = shape
    const problem = attendProblem(options, { keyCount: rows, queryCount: rows, dim })
    this.#shape = shape
    this.#options = options
    this.#kernels = kernels
    this.#problem = problem
    this.arrays = headArrays(kernels, shape)
    this.#views = headViews(kernels, this.arrays, shape)
    const { scale, local, set } = problem
    this.#solver = local
      ? new WindowedHeads(kernels, shape, scale, local)
      : new KeptHeads(kernels, shape, scale)
    this.#chooser = new KeyChooser(kernels, rows, dim, set, scale)
    this.#easy = new EasyHeads(kernels, shape, scale)
    this.#hard = Array.from({ length: heads }, () => undefined)
    this.keyIds = Array.from({ length: heads }, () => new Float64Array(0))
  }

  /**
   * `output` of `queries`, `keys` and `values`. `draw`: which of the sets of 'random', another for each head of each draw. Throws
   * Content for a NaN or infinity.
   */
  forward(draw = 0): void {
    requireDraw(draw, this.#shape.heads)
    this.#views.forEach((head, h) => {
      const isEasy = this.#easy.isForward(head)
      const own = draw * this.#shape.heads + h
      this.#hard[h] = undefined
      // Of what is not finite the long way tells.
      this.keyIds[h] = this.#easy.isFinite ? this.#chooser.choose(head, own) : new Float64Array(0)
      if (isEasy) this.#solver.forward(head, this.#kept(h))
      else head.output.set(this.#long(head, h).output)
    })
  }

  /** `dQueries`, `dKeys` and `dValues` of `dOutput` and the last forward, whose arrays are as they were. Throws Content. */
  backward(): void {
    this.#views.forEach((head, h) => {
      if (this.#hard[h] === undefined && this.#easy.isBackward(head)) {
        this.#solver.backward(head, this.#kept(h))
        return
      }
      const { queries, keys, values } = this.#long(head, h).gradient(head.dOutput)
      head.dQueries.set(queries)
      head.dKeys.set(keys)
      head.dValues.set(values)
    })
  }

  /** Fixed set and first keys of head h as one; undefined: all. */
  #kept(h: number): Float64Array | undefined {
    const { set, sinkTokens, visibility } = this.#problem
    if ('full' in set) return undefined
    return sinkTokens > 0
      ? keptKeys(this.keyIds[h], sinkTokens, visibility, this.#shape.rows)
      : this.keyIds[h]
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
      { selection, scale: this.#problem.scale },
      this.#kernels,
    ))
  }
}

/** Throws Option unless the draws of all heads have numbers of their own. */
function requireDraw(draw: number, heads: number): void {
  if (Number.isInteger(draw) && draw >= 0 && draw < 2 ** 32 / heads) return
  const message = `forward: draw is ${shown(draw)}; it must be a whole number from 0 and below 2^32 / ${heads}`
  throw new LevError('Option', message, { option: 'draw' })
}
