import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { type ArrayIndex, LevError, isLevError } from '../errors/errors.ts'
import {
  arrayLabel,
  type ArrayCatalog,
  shapeText,
  type StoredArray,
  TRANSPOSED,
} from '../formats/stored-array.ts'
import { nearNames } from '../errors/near-names.ts'
import { sparseArchive } from '../foreign/foreign-archive.ts'
import { isThere } from '../files/kind-at.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { addressWord, fileWord, PIPE } from '../files/typed-code.ts'

/** An input as the user names it, cut at its '#': `k.npz#keys[0,3]` is the file k.npz and the fragment keys[0,3]. */
interface Address {
  readonly path: string
  readonly fragment?: string
}

/** Names listed in an error message. */
const LISTED_NAMES = 20

/**
 * Cuts an address. A file of exactly that name wins, then the longest beginning before a '#' that is a file, so a
 * file name may contain '#' and '['. Where no file is found the last '#' cuts, and opening the file reports it.
 */
export function parseAddress(address: string, spooled?: string): Address {
  // What came through a pipe is no file of that name.
  if (spooled !== undefined) return { path: address }
  if (isThere(address)) return { path: address }
  for (let at = address.lastIndexOf('#'); at >= 0; at = at === 0 ? -1 : address.lastIndexOf('#', at - 1)) {
    const path = address.slice(0, at)
    if (isThere(path)) return { path, fragment: address.slice(at + 1) }
  }
  const indexed = /^([^#]*)(\[[^\]]*\])$/s.exec(address)
  if (indexed !== null && isThere(indexed[1])) {
    const [, file, index] = indexed
    const [what, fragment] = /^\[[\d,: ]*\]$/.test(index)
      ? ['an index', index]
      : ['a part', index.slice(1, -1)]
    throw refusal('NotFound', address, `not found; to take ${what} of ${file} type '${file}#${fragment}'`)
  }
  const at = address.lastIndexOf('#')
  // Before a '#' at the beginning is no name.
  return at <= 0 ? { path: address } : { path: address.slice(0, at), fragment: address.slice(at + 1) }
}

/** An array of a file, and an index for each of its first axes (none: the whole array); ':' keeps an axis whole. */
export interface Selection {
  readonly array: StoredArray
  readonly indices: ArrayIndex
}

/**
 * The array that `fragment` names: `name`, `[0,3]`, `name[0,3]`, `name[0,:,3]`, or nothing where the file has one array only; `name.T`
 * and `.T` are a matrix with its columns as rows. Of a table `name` is a column, and `.T` alone turns it. A name that is exactly there wins
 * over reading its '[' as an index, and its '.T'. `isVector`: one number a row is wanted. Throws NotFound (no such array), Content (none,
 * several and no name, a damaged header), Option (malformed index, index out of range).
 */
export function selectArray(catalog: ArrayCatalog, fragment = '', isVector = false): Selection {
  const { names, path } = catalog
  if (fragment === '' && catalog.whole !== undefined) return { array: catalog.whole(), indices: [] }
  if (fragment !== '' && names.includes(fragment)) return { array: catalog.describe(fragment), indices: [] }
  if (fragment.endsWith(TRANSPOSED) && (catalog.column === undefined || fragment === TRANSPOSED)) {
    const { array, indices } = selectArray(catalog, fragment.slice(0, -TRANSPOSED.length), isVector)
    return transposed(array, indices)
  }
  if (catalog.column !== undefined && fragment !== '' && !fragment.startsWith('['))
    return { array: columnOf(catalog, fragment, catalog.column), indices: [] }
  const [, wanted, list] = /^(.*?)(?:\[([^[\]]*)\])?$/s.exec(fragment) ?? ['', fragment, undefined]
  const name = wanted === '' ? onlyName(catalog, isVector) : wanted
  if (!names.includes(name)) throw unknownName(name, catalog)
  const array = catalog.describe(name)
  const indices = list === undefined ? [] : parseIndices(list, path)
  indices.forEach((index, axis) => requireInRange(array, index, axis))
  return { array, indices }
}

/**
 * `array` with all of its axes the other way round, and the index with them: of the matrix that the index leaves, columns are rows. What is
 * turned into a matrix first has its shape then. Throws Content where what is left is no matrix.
 */
function transposed(array: StoredArray, indices: ArrayIndex): Selection {
  const { shape, fortranOrder, strides, turning } = array
  const index = shape.map((_, axis) => indices.at(axis) ?? ':')
  const axisCount = index.filter((at) => at === ':').length
  if (turning === undefined && (axisCount !== 2 || array.isTransposed)) throw notTransposed(array, indices)
  const turned = {
    ...array,
    shape: shape.toReversed(),
    fortranOrder: !fortranOrder,
    ...(strides === undefined ? {} : { strides: strides.toReversed() }),
    isTransposed: true,
    // Names are those of the table's rows and columns.
    ...(turning === undefined
      ? {}
      : {
          turning: {
            ...(turning.wide ?? turning),
            rowNames: undefined,
            columnNames: undefined,
            holdsUnasked: undefined,
          },
        }),
  }
  return { array: turned, indices: indices.length === 0 ? [] : index.toReversed() }
}

function notTransposed(array: StoredArray, indices: ArrayIndex): LevError {
  const { shape, path, name } = array
  const found = `shape ${shapeText(shape)}: ${TRANSPOSED} is for a matrix [columns, rows]`
  if (shape.length <= 2 || array.isTransposed) return badContent(arrayLabel(array), found)
  const index = Array.from({ length: shape.length - 2 }, (_, axis) => indices.at(axis) ?? 0)
  const one = addressWord(path, `${name}[${index.map((at) => (at === ':' ? 0 : at)).join(',')}]${TRANSPOSED}`)
  const layout =
    shape.length === 3 ? `, of all the file without ${TRANSPOSED} and ${optionText('layout', 'hdn')}` : ''
  return badContent(arrayLabel(array), `${found}; of one head type \`${one}\`${layout}`)
}

function onlyName(catalog: ArrayCatalog, isVector: boolean): string {
  const { names, path } = catalog
  if (names.length === 1) return names[0]
  if (names.length === 0) throw badContent(path, 'holds no array')
  const sparse = sparseArchive(path, names, (name) => catalog.describe(name).shape)
  if (sparse !== undefined) throw badContent(path, sparse)
  const usable = names.find((name) => (isVector ? isVectorOf(catalog, name) : isMatrix(catalog, name)))
  const advice =
    usable === undefined
      ? isVector
        ? 'None is a vector'
        : 'None is a matrix of floats; inspect says how one is made of each'
      : `Name one${path === PIPE ? ', of a file in place of the pipe' : ''}: \`${addressWord(path, usable)}\``
  throw badContent(path, `holds ${counted(names.length, 'array')}: ${listArrays(catalog)}. ${advice}`)
}

function isMatrix(catalog: ArrayCatalog, name: string): boolean {
  return isSuch(catalog, name, ({ dtype, shape }) => dtype !== undefined && shape.length >= 2)
}

function isVectorOf(catalog: ArrayCatalog, name: string): boolean {
  return isSuch(catalog, name, ({ dtype, shape }) => dtype !== undefined && shape.length === 1)
}

function isSuch(catalog: ArrayCatalog, name: string, isWanted: (array: StoredArray) => boolean): boolean {
  try {
    return isWanted(catalog.describe(name))
  } catch (error) {
    if (isLevError(error, 'Content')) return false
    throw error
  }
}

/** What may be meant as `.T`. */
const NEARLY_TRANSPOSED = /^\.?t$/i

function transposedAdvice(name: string, path: string): string {
  return NEARLY_TRANSPOSED.test(name) && path !== PIPE
    ? `; \`${addressWord(path, TRANSPOSED)}\` takes its columns as rows`
    : ''
}

/** The column of that name, by `column`. Throws as it. */
function columnOf({ path }: ArrayCatalog, name: string, column: (name: string) => StoredArray): StoredArray {
  try {
    return column(name)
  } catch (error) {
    const advice = transposedAdvice(name, path)
    if (!(error instanceof LevError) || advice === '') throw error
    throw new LevError(error.tag, error.message + advice, error.place, { cause: error })
  }
}

function unknownName(name: string, catalog: ArrayCatalog): LevError {
  const { names, path } = catalog
  if (names.length === 1 && names[0] === '') {
    return refusal(
      'NotFound',
      path,
      `has one array, without a name: type \`${fileWord(path)}\`${catalog.describe('').shape.length > 2 ? ', with an index behind # where it is to be one of its matrices' : ''}${transposedAdvice(name, path)}`,
    )
  }
  const near = nearNames(name, names)
  const meant = near.length === 0 ? '' : `; near names: ${near.join(', ')}`
  const held = names.length === 0 ? 'no array' : `${counted(names.length, 'array')}: ${listArrays(catalog)}`
  return refusal('NotFound', path, `has no array named '${name}'${meant}. It holds ${held}`)
}

/** Names with shapes, as far as they can be listed in a message. */
function listArrays(catalog: ArrayCatalog): string {
  const listed = catalog.names.slice(0, LISTED_NAMES).map((name) => `${name} ${shapeOf(catalog, name)}`)
  const more = catalog.names.length - listed.length
  return listed.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function shapeOf(catalog: ArrayCatalog, name: string): string {
  try {
    return shapeText(catalog.describe(name).shape)
  } catch (error) {
    if (isLevError(error, 'Content')) return '(damaged)'
    throw error
  }
}

function parseIndices(list: string, path: string): ArrayIndex {
  const items = list.split(',').map((item) => item.trim())
  for (const item of items) {
    if (/^(?:\d{1,15}|:)$/.test(item)) continue
    const rows = /^\d*:\d*$/.test(item) ? `; a range of rows is taken by ${optionText('keyRows')}` : ''
    const message = `${path}: index [${list}]: whole numbers counted from 0 are needed, or : for a whole axis, with commas between them${rows}`
    throw new LevError('Option', message, { file: path })
  }
  return items.map((item) => (item === ':' ? item : Number(item)))
}

function requireInRange(array: StoredArray, index: ArrayIndex[number], axis: number): void {
  const { shape, path } = array
  if (axis >= shape.length) {
    throw new LevError('Option', `${path}: more indices than axes: shape ${shapeText(shape)}`, { file: path })
  }
  if (index !== ':' && index >= shape[axis]) {
    const range = shape[axis] === 0 ? 'it is empty' : `it has indices 0 to ${shape[axis] - 1}`
    const message = `${path}: index ${index} of axis ${axis} is out of range: ${range} (shape ${shapeText(shape)})`
    throw new LevError('Option', message, { file: path })
  }
}
