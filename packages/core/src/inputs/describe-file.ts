import { extname } from 'node:path'
import { columnAdvice, elementAdvice } from './element-advice.ts'
import { foreignLook, foreignMessage } from '../foreign/foreign-advice.ts'
import { parseAddress, selectArray, type Selection } from './address.ts'
import { singleArray, type ArrayCatalog, type StoredArray } from '../formats/stored-array.ts'
import type { InflatedMember } from '../files/inflate-member.ts'
import { withInputFile, type InputFile } from '../files/input-file.ts'
import { requireFloatArray } from './matrix-part.ts'
import { isNpy, readNpyHeader } from '../formats/npy.ts'
import { isZip, npzCatalog } from '../formats/npz.ts'
import { describeRaw, rawLayout, type RawOptions } from '../formats/raw.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { safetensorsCatalog } from '../formats/safetensors.ts'
import { withBfloat16 } from './input-advice.ts'

/** `dtype` (f16, bf16, f32, f64) with `cols`: a file of any name is read as raw, little-endian, row-major. */
export interface OpenOptions extends RawOptions {
  /** What `inflateInput` made of this address: the member is read from there. */
  readonly inflated?: InflatedMember | undefined
  /** Elements of two bytes and no float type are bfloat16: NumPy saves it as |V2, others its bits as integers. */
  readonly isBfloat16?: boolean | undefined
}

/** One array of a file, for `inspect`. */
export interface ArrayDescription {
  /** '' where the file holds one array without a name. */
  readonly name: string
  readonly shape: readonly number[]
  /** In NumPy's words: float32, int64 ('<i8'), ... */
  readonly dtype: string
  readonly order: 'C' | 'Fortran'
  readonly bigEndian: boolean
  /** Compressed in its archive: it has to be inflated before its rows can be read. */
  readonly deflated: boolean
  /** True where the elements are of a type that is read as a matrix. */
  readonly accepted: boolean
  /** What makes a matrix of it, where it is none. */
  readonly advice?: string
}

/** The array that an address names. Throws Content, NotFound, Option. */
export function resolveArray(address: string, options: OpenOptions = {}): Selection {
  const { path, fragment } = parseAddress(address)
  return withCatalog(path, options, (catalog) => {
    const { array, indices } = selectArray(catalog, fragment)
    return { array: withBfloat16(array, options.isBfloat16), indices }
  })
}

/**
 * Every array of the file at `address`, or the one that it names. Throws NotFound, Content (no known format, damaged,
 * truncated), Option.
 */
export function describeFile(address: string, options: OpenOptions = {}): ArrayDescription[] {
  const { path, fragment } = parseAddress(address)
  return withCatalog(path, options, (catalog) => {
    if (fragment !== undefined) return [describe(selectArray(catalog, fragment).array)]
    return catalog.names.map((name) => describe(catalog.describe(name)))
  })
}

function describe(array: StoredArray): ArrayDescription {
  const { name, shape, dtypeName, fortranOrder, bigEndian, deflated, dtype } = array
  if (dtype !== undefined) requireFloatArray(array)
  const order = fortranOrder ? 'Fortran' : 'C'
  const advice = matrixAdvice(array)
  return {
    name,
    shape,
    dtype: dtypeName,
    order,
    bigEndian,
    deflated,
    accepted: dtype !== undefined,
    ...(advice === undefined ? {} : { advice }),
  }
}

/** True where the file at `address` says by its first bytes, or as .safetensors by its name, how it is to be read. */
export function describesItself(address: string): boolean {
  const { path } = parseAddress(address)
  if (extname(path).toLowerCase() === '.safetensors') return true
  return withInputFile(path, (file) => {
    const start = file.bytes(0, Math.min(8, file.byteLength))
    return isNpy(start) || isZip(start) || foreignLook(file)?.holds === 'safetensors'
  })
}

function withCatalog<T>(path: string, options: OpenOptions, use: (catalog: ArrayCatalog) => T): T {
  const layout = rawLayout(options)
  return withInputFile(path, (file) =>
    use(layout === undefined ? detect(file, options.inflated) : singleArray(describeRaw(file, layout))),
  )
}

/** By the first bytes, then by the name. */
function detect(file: InputFile, inflated: InflatedMember | undefined): ArrayCatalog {
  const start = file.bytes(0, Math.min(8, file.byteLength))
  const extension = extname(file.path).toLowerCase()
  if (isNpy(start)) return singleArray(npyArray(file))
  if (isZip(start)) return npzCatalog(file, inflated)
  const look = foreignLook(file)
  if (look?.holds === 'safetensors') return safetensorsCatalog(file)
  if (look !== undefined) throw badContent(file.path, foreignMessage(file, look))
  if (extension === '.npy' && file.byteLength > 0)
    throw refusal('Content', file.path, NO_NPY, { remedy: { kind: 'raw' } })
  if (extension === '.npz') return npzCatalog(file, inflated)
  if (extension === '.safetensors') return safetensorsCatalog(file)
  if (file.byteLength === 0) throw badContent(file.path, 'is empty')
  throw refusal('Content', file.path, UNKNOWN_FORMAT, { remedy: { kind: 'raw' } })
}

const UNKNOWN_FORMAT =
  'neither its name nor its first bytes show a known format; .npy, .npz and .safetensors are read, and raw little-endian numbers where their type and number of columns are given'

const NO_NPY = 'no .npy: it does not begin with \\x93NUMPY; raw little-endian numbers have no header'

function npyArray(file: InputFile): StoredArray {
  return readNpyHeader(file.bytes, {
    path: file.path,
    name: '',
    offsetBytes: 0,
    streamBytes: file.byteLength,
    fileBytes: file.byteLength,
    mtimeMs: file.mtimeMs,
    deflated: false,
  })
}

function matrixAdvice(array: StoredArray): string | undefined {
  if (array.dtype !== undefined) return array.shape.length === 1 ? columnAdvice(array) : undefined
  return array.shape.length >= 2 || array.recordDescr !== undefined ? elementAdvice(array) : undefined
}
