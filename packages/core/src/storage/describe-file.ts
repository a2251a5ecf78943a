import { extname } from 'node:path'
import { parseAddress, selectArray, type Selection } from './address.ts'
import { singleArray, type ArrayCatalog } from './array-catalog.ts'
import type { InflatedMember } from './inflate-member.ts'
import { withInputFile, type InputFile } from './input-file.ts'
import { requireFloatArray } from './matrix-part.ts'
import { isNpy, readNpyHeader } from './npy.ts'
import { npzCatalog, TORCH_EXPORT } from './npz.ts'
import { describeRaw, rawLayout, type RawOptions } from './raw.ts'
import { hasLevMagic } from './preamble.ts'
import { badContent } from './refusal.ts'
import { safetensorsCatalog } from './safetensors.ts'
import type { StoredArray } from './stored-array.ts'
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
  return { name, shape, dtype: dtypeName, order, bigEndian, deflated, accepted: dtype !== undefined }
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
  const text = Buffer.from(start).toString('latin1')
  const extension = extname(file.path).toLowerCase()
  if (isNpy(start) || extension === '.npy') return singleArray(npyArray(file))
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06') || extension === '.npz')
    return npzCatalog(file, inflated)
  if (extension === '.safetensors') return safetensorsCatalog(file)
  throw badContent(file.path, unknownFormat(file.path, start, extension))
}

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

/** File names that PyTorch uses. */
const TORCH_NAMES = ['.pt', '.pth', '.ckpt']

/** A Python pickle of protocol 2 to 5, as old PyTorch files are. */
function isPickle(start: string): boolean {
  return start.startsWith('\x80') && start.length > 1 && '\x02\x03\x04\x05'.includes(start.charAt(1))
}

function unknownFormat(path: string, bytes: Uint8Array, extension: string): string {
  const start = Buffer.from(bytes).toString('latin1')
  const ours = ownResult(path, bytes, start)
  if (ours !== undefined) return ours
  // inspect takes no options: the commands that do are named.
  const accepted =
    '.npy, .npz and .safetensors are read, and, by the commands that compute (run, curve, ...), raw little-endian numbers with --dtype f32 --cols COLUMNS'
  if (start.startsWith('\x1f\x8b'))
    return `compressed by gzip: gunzip it first, or stream keys, as in zcat ${path} | levattention build - --out u.lev`
  if (TORCH_NAMES.includes(extension)) return `a PyTorch file by its name; ${accepted}. ${TORCH_EXPORT}`
  if (isPickle(start)) return `a Python pickle (PyTorch, joblib, ...); ${accepted}. ${TORCH_EXPORT}`
  if (start.startsWith('PAR1')) return `a Parquet file; ${accepted}. Save it with numpy.save`
  if (start.startsWith('\x89HDF')) return `an HDF5 file; ${accepted}. Save it with numpy.save`
  return `neither its name nor its first bytes show a known format; ${accepted}`
}

/** What a file is that levattention wrote and that holds no matrix. */
function ownResult(path: string, bytes: Uint8Array, start: string): string | undefined {
  if (bytes.length > 0 && hasLevMagic(bytes))
    return `a .lev, not a matrix: levattention query --universal ${path} --queries Q.npy searches it, inspect shows it`
  if (start.startsWith('query,ke') || start.startsWith('{"query"'))
    return `heavy pairs, not a matrix: levattention verify --heavy ${path} tries them`
  return undefined
}
