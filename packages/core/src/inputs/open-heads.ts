import { counted } from '../errors/counted.ts'
import { resolveArray, type OpenOptions } from './describe-file.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { matrixAt, requireReadable } from './open-matrix.ts'
import { requireAddress } from './open-options.ts'
import { addressOf } from '../matrix/part-place.ts'
import { badContent } from '../files/refusal.ts'
import { arrayLabel, elementCount, shapeText } from '../formats/stored-array.ts'
import { severalMatrices } from './input-advice.ts'

/** More than any model has; a file that claims more is refused before anything is made for each. */
const MAX_HEADS = 65_536
const MAX_AXES = 4

/** The heads of an array [heads, rows, cols] or [batch, heads, rows, cols], each a matrix of its own. */
export interface Heads {
  /** As the user may type it. */
  readonly address: string
  /** What is left of the array's shape behind the indices of the address: [..., rows, cols]. */
  readonly shape: readonly number[]
  /** Product of the leading axes, counted in row-major order. */
  readonly headCount: number
  readonly rows: number
  readonly cols: number
  /** The index of a head on each leading axis: [batch, head] for a 4-D array. */
  leadingIndex(headIndex: number): number[]
  /** Throws Content (d = 0, d > 1024, no such head). */
  open(headIndex: number): MatrixSource
}

/**
 * The heads at the address `given`. A 2-D array is one head, as for multi-query attention. Throws NotFound, Content, Option as
 * `openMatrix` does.
 */
export function openHeads(given: string, options: OpenOptions = {}): Heads {
  requireAddress('openHeads', given, options)
  const { array, indices } = resolveArray(given, options)
  const shape = array.shape.slice(indices.length)
  const label = arrayLabel(array)
  const address = addressOf({ file: array.path, array: array.name, head: indices }) ?? label
  if (shape.length < 2 || shape.length > MAX_AXES) {
    const wanted = 'heads are [heads, rows, columns] or [batch, heads, rows, columns]'
    const found = `shape ${shapeText(shape)}: ${wanted}`
    throw shape.length < 2 ? badContent(label, found) : severalMatrices(array, indices, found)
  }
  const floats = requireReadable(array)
  const leadingShape = shape.slice(0, -2)
  const headCount = elementCount(leadingShape)
  if (headCount > MAX_HEADS)
    throw badContent(label, `shape ${shapeText(shape)}: ${counted(headCount, 'head')}; at most ${MAX_HEADS}`)
  const [rows, cols] = shape.slice(-2)
  const leadingIndex = (headIndex: number): number[] => {
    if (Number.isInteger(headIndex) && headIndex >= 0 && headIndex < headCount)
      return unflatten(headIndex, leadingShape)
    throw badContent(
      label,
      `no head ${headIndex}: shape ${shapeText(shape)} has ${counted(headCount, 'head')}, counted from 0`,
    )
  }
  return {
    address,
    shape,
    headCount,
    rows,
    cols,
    leadingIndex,
    open: (headIndex) => matrixAt(floats, [...indices, ...leadingIndex(headIndex)]),
  }
}

/**
 * The key head that serves a query head where fewer key heads than query heads are stored (grouped-query attention):
 * floor(queryHead * keyHeads / queryHeads). Batches flattened before the heads map to their own batch.
 */
export function keyHeadOf(queryHead: number, queryHeads: number, keyHeads: number): number {
  return Math.floor((queryHead * keyHeads) / queryHeads)
}

/** The index in row-major order of `shape` at place `flat`. */
function unflatten(flat: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = flat
  for (const extent of [...shape].reverse()) {
    index.unshift(rest % extent)
    rest = Math.floor(rest / extent)
  }
  return index
}
