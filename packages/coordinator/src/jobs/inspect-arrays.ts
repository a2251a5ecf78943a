import { type ArrayDescription, describeFile, MAX_COLS } from '@levattention/core/internal'

/** One array of a file, and how to name it to a command. */
export interface InspectedArray extends ArrayDescription {
  /** What to type, or why it cannot be used and what to do instead. */
  readonly use: string
}

/** Every array that the file at `address` holds, or the one that it names. Throws NotFound, Content, Option. */
export function inspectArrays(address: string): InspectedArray[] {
  const [path, fragment] = cutAddress(address)
  return describeFile(address).map((array) => {
    const indexed = fragment?.includes('[') ?? false
    const named = array.name === '' ? path : `${path}#${array.name}`
    return { ...array, use: indexed ? `--keys ${quoted(address)}` : useOf(array, named) }
  })
}

function cutAddress(address: string): [path: string, fragment: string | undefined] {
  const at = address.lastIndexOf('#')
  return at < 0 ? [address, undefined] : [address.slice(0, at), address.slice(at + 1)]
}

function useOf({ accepted, shape, dtype, deflated, name }: ArrayDescription, address: string): string {
  const loaded = name === '' ? `numpy.load('${address}')` : `that array of the file`
  if (!accepted) return `${dtype} is no matrix of floats; save ${loaded} as float32 or float64`
  const cols = shape.at(-1) ?? 0
  if (shape.length < 2) return 'no matrix [rows, columns]; as one column: reshape(-1, 1) and save it'
  if (cols === 0 || cols > MAX_COLS) return `${cols} columns; from 1 to ${MAX_COLS} are served`
  const note = deflated ? ' (compressed: inflated to a temporary file first)' : ''
  if (shape.length === 2) return `--keys ${quoted(address)}${note}`
  const first = `${name === '' ? `${address}#` : address}[${shape.slice(2).fill(0).join(',')}]`
  if (shape.length > 4) return `--keys ${quoted(first)}, an index for each leading axis${note}`
  return `--keys ${quoted(first)} for one head, --keys ${quoted(address)} --heads all for each${note}`
}

/** As a shell takes it: '#' and '[' are safe only in quotes. */
function quoted(address: string): string {
  return /^[\w./-]+$/.test(address) ? address : `'${address.replaceAll("'", `'\\''`)}'`
}
