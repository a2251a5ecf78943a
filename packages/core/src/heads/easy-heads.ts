import type { Kernels } from '../kernels/kernels.ts'
import type { HeadViews } from './head-arrays.ts'
import { largestOf } from '../kernels/head-loops.ts'
import type { WholeShape } from './heads-options.ts'

/** Below the reach that `attend` takes into float64, by more than a float32 norm is off. */
const EASY_REACH = 31.9
/** The largest squared length of rows: 0 may be underflow. Float32 then holds entries, and slopes times values, with room. */
const [SMALLEST, LARGEST] = [2 ** -38, 2 ** 38] as const

/** Tells the heads that float32 is enough for as they are: all but a few. NaN and infinity are not easy. Takes kernel scratch. */
export class EasyHeads {
  /** Of the head that `isForward` saw last: whether a rule can read its queries and keys. */
  isFinite = false
  readonly #kernels: Kernels
  readonly #shape: WholeShape
  readonly #scale: number
  readonly #norms: Float32Array
  readonly #ones: Float32Array

  constructor(kernels: Kernels, shape: WholeShape, scale: number) {
    this.#kernels = kernels
    this.#shape = shape
    this.#scale = scale
    this.#norms = kernels.f32(shape.rows)
    this.#ones = kernels.f32(Math.max(shape.dim, shape.valueDim)).fill(1)
  }

  isForward({ queries, keys, values }: HeadViews): boolean {
    const { dim, valueDim } = this.#shape
    const [query, key] = [this.#longest(queries, dim), this.#longest(keys, dim)]
    // A square beyond float32 is no infinity yet.
    this.isFinite = (query < Infinity || isFiniteRows(queries)) && (key < Infinity || isFiniteRows(keys))
    const reach = this.#scale * Math.sqrt(query * key)
    return reach <= EASY_REACH && isEasy(key) && isEasy(this.#longest(values, valueDim))
  }

  /** Of heads whose forward is easy. */
  isBackward({ dOutput }: HeadViews): boolean {
    return isEasy(this.#longest(dOutput, this.#shape.valueDim))
  }

  /** The largest squared length of rows, about. */
  #longest(rows: Float32Array, width: number): number {
    this.#kernels.rowNorms(this.#norms, rows, this.#ones, this.#shape.rows, width)
    return largestOf(this.#norms)
  }
}

function isFiniteRows(rows: Float32Array): boolean {
  return rows.every((x) => Number.isFinite(x))
}

function isEasy(square: number): boolean {
  return square >= SMALLEST && square <= LARGEST
}
