import { optionText } from '../arguments/option-text.ts'
import { shown } from '../arguments/kind-of.ts'
import { TEXT, type OptionKinds } from '../arguments/option-kinds.ts'
import { counted } from '../errors/counted.ts'
import { type ArrayIndex, LevError } from '../errors/errors.ts'
import { resolveArray, type OpenOptions } from './describe-file.ts'
import { type AxisLetter, axisLetters } from './layout.ts'
import { namedPart } from './matrix-part.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { matrixAt, requireReadable } from './open-matrix.ts'
import { OPEN_KINDS, requireAddress } from './open-options.ts'
import { addressOf } from '../matrix/part-place.ts'
import { badContent } from '../files/refusal.ts'
import { arrayLabel, elementCount, shapeText, type StoredArray, TRANSPOSED } from '../formats/stored-array.ts'

/** More than any model has; a file that claims more is refused before anything is made for each. */
const MAX_HEADS = 65_536

/** How an array of heads is read; `dtype` with `cols` is for raw files. */
export interface HeadsOptions extends OpenOptions {
  /**
   * A letter for each axis of the array, or of what the address leaves of it: l layer, b batch, h head, n (or s) row, d column.
   * Default: `hnd`, `bhnd` or `lbhnd` by their number; `bshd` is what flash-attn and TransformerLens have.
   */
  readonly layout?: string | undefined
}

const HEADS_KINDS: OptionKinds<HeadsOptions> = { ...OPEN_KINDS, layout: TEXT }

/** Where a head stands on the axes that its array has; an index of the address counts. What the array has not is absent. */
export interface HeadPlace {
  /** Index on the axis of layers. */
  readonly layer?: number
  /** Index on the axis of batches. */
  readonly batch?: number
  /** Index on the axis of heads. */
  readonly head?: number
}

/** The heads of an array [heads, rows, cols], [batch, heads, rows, cols] or of another layout, each a matrix of its own. */
export interface Heads {
  /** As the user may type it. */
  readonly address: string
  /** What is left of the array's shape behind the indices of the address, in the order of the file. */
  readonly shape: readonly number[]
  /** The letters of these axes: 'bhnd', 'bnhd'. */
  readonly layout: string
  /** Product of the axes that are neither rows nor columns, counted in row-major order of the file's shape. */
  readonly headCount: number
  /** Rows of each head. */
  readonly rows: number
  /** Columns of each head. */
  readonly cols: number
  /** How many layers, batches and heads there are: of the axes in `layout`. */
  readonly extents: HeadPlace
  /** The index of a head on each of its axes, in the order of the file: [batch, head] for a 4-D array. */
  leadingIndex(headIndex: number): number[]
  /** The same by name, with what the address selects. */
  placeOf(headIndex: number): HeadPlace
  /** The head as the user may type it: `k.npy#[0,3]`. */
  addressOf(headIndex: number): string
  /** Throws Content (d = 0, d > 4096, no such head). */
  open(headIndex: number): MatrixSource
  /** True where each head is a file of its own, whose name says more than its index. */
  readonly areFiles?: boolean
}

/** An axis that tells heads from one another. */
interface HeadAxis {
  readonly axis: number
  readonly letter: AxisLetter
  readonly extent: number
}

const NAMES: Readonly<Partial<Record<AxisLetter, keyof HeadPlace>>> = { l: 'layer', b: 'batch', h: 'head' }

/**
 * The heads at the address `given`. A 2-D array is one head, as for multi-query attention. Throws NotFound, Content, Option as
 * `openMatrix` does, and where the layout names no axes or fits not the array's.
 */
export function openHeads(given: string, options: HeadsOptions = {}): Heads {
  requireAddress('openHeads', given, options, HEADS_KINDS)
  const { array, indices } = resolveArray(given, options)
  if (array.isTransposed) requireNoLayout(array, options.layout)
  const letters = axisLetters(array, indices, options.layout)
  const floats = requireReadable(array, { call: 'openHeads', options })
  const { shape, path } = array
  const left = shape.map((_, axis) => axis).filter((axis) => (indices.at(axis) ?? ':') === ':')
  const leftShape = left.map((axis) => shape[axis])
  const axes = headAxes(array, left, letters)
  const extents = axes.map(({ extent }) => extent)
  const headCount = elementCount(extents)
  const [rowAxis, columnAxis] = [letters.indexOf('n'), letters.indexOf('d')]
  const leadingIndex = (headIndex: number): number[] => {
    requireHead(arrayLabel(array), leftShape, headIndex, headCount)
    return unflatten(headIndex, extents)
  }
  const indexOf = (headIndex: number): ArrayIndex => {
    const index = shape.map((_, axis) => indices.at(axis) ?? ':')
    leadingIndex(headIndex).forEach((at, i) => (index[axes[i].axis] = at))
    return index
  }
  const typed = (index: ArrayIndex) => addressOf({ file: path, ...namedPart(array, index) }) ?? path
  return {
    address: typed(indices),
    shape: leftShape,
    layout: left.map((axis) => letters[axis]).join(''),
    headCount,
    rows: shape[rowAxis],
    cols: shape[columnAxis],
    extents: named(axes.map(({ letter, extent }) => [letter, extent])),
    leadingIndex,
    placeOf: (headIndex) => named(indexOf(headIndex).map((at, axis) => [letters[axis], at])),
    addressOf: (headIndex) => typed(indexOf(headIndex)),
    open: (headIndex) => matrixAt(floats, { index: indexOf(headIndex), rowAxis, columnAxis }),
  }
}

/** A layout is of the axes as the file has them. */
function requireNoLayout(array: StoredArray, layout: string | undefined): void {
  if (layout === undefined) return
  const message = `${arrayLabel(array)}: ${TRANSPOSED} says which axes are rows and columns, and so does ${optionText('layout')}; leave one out`
  throw new LevError('Option', message, { option: 'layout', file: array.path })
}

/**
 * The key head that serves a query head where fewer key heads than query heads are stored (grouped-query attention):
 * floor(queryHead * keyHeads / queryHeads), within one layer and batch.
 */
export function keyHeadOf(queryHead: number, queryHeads: number, keyHeads: number): number {
  return Math.floor((queryHead * keyHeads) / queryHeads)
}

/** Of the axes that are `left` those that tell heads from one another. Throws Content where these are too many. */
function headAxes(
  array: StoredArray,
  left: readonly number[],
  letters: readonly (AxisLetter | undefined)[],
): HeadAxis[] {
  const axes = left.flatMap((axis) => {
    const letter = letters[axis]
    return letter === undefined || !(letter in NAMES) ? [] : [{ axis, letter, extent: array.shape[axis] }]
  })
  const headCount = elementCount(axes.map(({ extent }) => extent))
  if (headCount <= MAX_HEADS) return axes
  const found = `shape ${shapeText(array.shape)}: ${counted(headCount, 'head')}; at most ${MAX_HEADS}`
  throw badContent(arrayLabel(array), found)
}

/** Throws Content where the heads of the file `label`, of `shape`, have no such one. */
export function requireHead(
  label: string,
  shape: readonly number[],
  headIndex: number,
  headCount: number,
): void {
  if (Number.isInteger(headIndex) && headIndex >= 0 && headIndex < headCount) return
  const found = `no head ${shown(headIndex)}: shape ${shapeText(shape)} has ${counted(headCount, 'head')}, counted from 0`
  throw badContent(label, found)
}

/** Numbers on the axes of heads, in the order layer, batch, head. */
function named(values: readonly (readonly [AxisLetter | undefined, number | ':' | undefined])[]): HeadPlace {
  const place: { -readonly [Name in keyof HeadPlace]: number } = {}
  for (const wanted of ['l', 'b', 'h'] as const) {
    const value = values.find(([letter]) => letter === wanted)?.[1]
    const name = NAMES[wanted]
    if (name !== undefined && typeof value === 'number') place[name] = value
  }
  return place
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
