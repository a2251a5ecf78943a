import {
  type ArrayDescription,
  counted,
  describeFile,
  isBfloat16Bits,
  type OpenOptions,
  loadingCode,
  MAX_COLS,
  fileWord,
  rowsFirstAddress,
  rowsFirstLayout,
} from '@levattention/core/internal'
import { type InspectedColumn, inspectedColumns, useOfTable } from './inspect-table.ts'
import { validateCoverageNpz, validateSelectedNpz } from './validate-offsets-npz.ts'
import { validateSampleNpz } from './validate-sample-npz.ts'
import { validateUniversalNpz } from '../outputs/validate-universal-npz.ts'

/** One array of a file, and how to name it to a command. */
export interface InspectedArray extends Omit<ArrayDescription, 'advice' | 'table' | 'choice' | 'naming'> {
  /** Of a table: all of its columns. */
  readonly table?: readonly InspectedColumn[]
  /** What to type, or why it cannot be used and what to do instead. */
  readonly use: string
}

/** Files of ours for NumPy, by the arrays that they all have; `input` is the one that may serve as a matrix. */
const RESULTS: readonly {
  readonly what: string
  readonly names: readonly string[]
  readonly input?: string
  /** Throws Content where its numbers cannot all be true. */
  readonly validate: (path: string) => void
}[] = [
  {
    what: 'a universal set for NumPy; query --universal takes it of p = 2, and of every p the .lev of the same build, as merge does',
    names: ['rowIds', 'bounds', 'keys', 'exponents', 'meta'],
    validate: validateUniversalNpz,
  },
  {
    what: 'a row sample for NumPy',
    names: ['rowIds', 'probabilities', 'weights', 'rows', 'meta'],
    input: 'rows',
    validate: validateSampleNpz,
  },
  {
    what: 'what coverage found of each judged query, for NumPy',
    names: ['meta', 'heads', 'offsets', 'rows', 'mass'],
    validate: validateCoverageNpz,
  },
  {
    what: 'the keys that attend kept, for NumPy',
    names: ['ids', 'offsets', 'keyHeads'],
    validate: validateSelectedNpz,
  },
]

/**
 * Every array that the file at `address` holds, or the one that it names; `turned` is what all of it becomes, where that is one matrix.
 * Throws NotFound, Content, Option.
 */
export function inspectArrays(
  address: string,
  turned?: ArrayDescription,
  options: OpenOptions = {},
): InspectedArray[] {
  const [path, fragment] = cutAddress(address)
  const found = describeFile(address, options)
  const arrays = turned === undefined ? found : [turned, ...found.filter(({ name }) => name !== turned.name)]
  const result = resultIn(arrays)
  return arrays.map((array) => {
    const indexed = fragment?.includes('[') ?? false
    const named = array.name === '' ? path : `${path}#${array.name}`
    const { advice: _advice, table, choice: _choice, naming: _naming, ...facts } = array
    if (array.columns !== undefined) {
      const columns = table && inspectedColumns(table, array.shape[0], options)
      return { ...facts, ...(columns && { table: columns }), use: useOfTable(array, path, options) }
    }
    if (indexed) return { ...facts, use: `--keys ${fileWord(address)}` }
    return {
      ...facts,
      use:
        result !== undefined && result.input !== array.name
          ? loadingCode({ ...array, path, dtypeName: '' })
          : useOf(array, named),
    }
  })
}

/** What a file with `arrays` is, where it is a result of ours. */
export function resultIn(arrays: readonly Pick<ArrayDescription, 'name'>[]) {
  const found = new Set(arrays.map(({ name }) => name))
  return RESULTS.find(({ names }) => names.every((name) => found.has(name)))
}

function cutAddress(address: string): [path: string, fragment: string | undefined] {
  const at = address.lastIndexOf('#')
  return at < 0 ? [address, undefined] : [address.slice(0, at), address.slice(at + 1)]
}

function useOf(
  { accepted, advice, shape, dtype, deflated, name }: ArrayDescription,
  address: string,
): string {
  const cols = shape.at(-1) ?? 0
  if (!accepted && shape.length === 2 && isBfloat16Bits(dtype))
    return `--keys ${fileWord(address)} --dtype bf16, if these are bfloat16 numbers`
  if (!accepted) return `${dtype} is no matrix of floats${advice === undefined ? '' : `; ${advice}`}`
  if (shape.length < 2) return `no matrix [rows, columns]${advice === undefined ? '' : `; ${advice}`}`
  if (cols === 0 || cols > MAX_COLS) return `${counted(cols, 'column')}; from 1 to ${MAX_COLS} are served`
  const bits = isBfloat16Bits(dtype)
    ? `; --keys ${fileWord(address)} --dtype bf16, if these are the bits of bfloat16 numbers`
    : ''
  const note = deflated ? ' (compressed: inflated to a temporary file first)' : ''
  if (shape.length === 2) return `--keys ${fileWord(address)}${note}${bits}`
  const at = (count: number) =>
    fileWord(`${name === '' ? `${address}#` : address}[${Array.from({ length: count }, () => 0).join(',')}]`)
  const layout = rowsFirstLayout(shape.length)
  const other =
    layout === undefined
      ? ''
      : `. Where the rows stand before the heads: --keys ${rowsFirstAddress({ path: cutAddress(address)[0], name, shape })}, and --layout ${layout} behind --heads all`
  const each = shape.length > 4 ? at(shape.length - 4) : fileWord(address)
  return `--keys ${at(shape.length - 2)} for one head, run --keys ${each} --heads all --out DIR for each${note}${other}`
}
