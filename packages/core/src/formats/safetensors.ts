import { counted } from '../errors/counted.ts'
import { type ArrayCatalog, elementCount, shapeText, type StoredArray } from './stored-array.ts'
import type { InputFile } from '../files/input-file.ts'
import type { DType } from '../matrix/matrix-source.ts'
import { badContent } from '../files/refusal.ts'
import type { Format } from './format.ts'
import { repeatedKey } from '../lev/repeated-key.ts'

/** The format that safetensors' header begins. */
export const safetensorsFormat: Format = {
  name: '.safetensors',
  knows: ({ look }) => look()?.holds === 'safetensors',
  claims: ({ extension }) => extension === '.safetensors',
  catalog: ({ file }) => safetensorsCatalog(file),
}

/** Room for some 300,000 tensors. The reference implementation reads up to 100 MB. */
const MAX_HEADER_BYTES = 2 ** 25
const LENGTH_BYTES = 8
const METADATA = '__metadata__'

const ACCEPTED: Readonly<Record<string, { readonly dtype: DType; readonly dtypeName: string }>> = {
  F16: { dtype: 'f16', dtypeName: 'float16' },
  BF16: { dtype: 'bf16', dtypeName: 'bfloat16' },
  F32: { dtype: 'f32', dtypeName: 'float32' },
  F64: { dtype: 'f64', dtypeName: 'float64' },
  BOOL: { dtype: 'bool', dtypeName: 'safetensors BOOL' },
  I8: { dtype: 'i8', dtypeName: 'safetensors I8' },
  U8: { dtype: 'u8', dtypeName: 'safetensors U8' },
  I16: { dtype: 'i16', dtypeName: 'safetensors I16' },
  U16: { dtype: 'u16', dtypeName: 'safetensors U16' },
  I32: { dtype: 'i32', dtypeName: 'safetensors I32' },
  U32: { dtype: 'u32', dtypeName: 'safetensors U32' },
  I64: { dtype: 'i64', dtypeName: 'safetensors I64' },
  U64: { dtype: 'u64', dtypeName: 'safetensors U64' },
}

interface TensorEntry {
  readonly dtype: string
  readonly shape: readonly number[]
  /** [begin, end) in bytes behind the header. */
  readonly begin: number
  readonly end: number
}

/**
 * The tensors of a .safetensors file. As in the reference implementation the tensors must cover the bytes behind the
 * header without gap or overlap. Throws Content.
 */
export function safetensorsCatalog(file: InputFile): ArrayCatalog {
  const headerBytes = readHeaderLength(file)
  const dataStart = LENGTH_BYTES + headerBytes
  const tensors = parseTensors(file.path, file.bytes(LENGTH_BYTES, headerBytes))
  requireCover(file, tensors, file.byteLength - dataStart)
  return {
    path: file.path,
    names: [...tensors.keys()],
    describe(name) {
      const entry = tensors.get(name)
      if (entry === undefined) throw new RangeError(`no tensor ${name}`)
      return describeTensor(file, name, entry, dataStart)
    },
  }
}

function readHeaderLength(file: InputFile): number {
  const { path, byteLength } = file
  if (byteLength < LENGTH_BYTES + 2)
    throw badContent(path, `no .safetensors file: it has only ${counted(byteLength, 'byte')}`)
  const bytes = file.bytes(0, LENGTH_BYTES)
  const announced = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true)
  if (announced > BigInt(byteLength - LENGTH_BYTES)) {
    throw badContent(
      path,
      `truncated, or no .safetensors file: its header claims ${counted(announced, 'byte')}, the file has ${byteLength}`,
    )
  }
  if (announced > BigInt(MAX_HEADER_BYTES)) {
    throw badContent(
      path,
      `a .safetensors header of ${counted(announced, 'byte')}; at most ${MAX_HEADER_BYTES} are read`,
    )
  }
  return Number(announced)
}

function parseTensors(path: string, bytes: Uint8Array): Map<string, TensorEntry> {
  const header = parseJson(path, bytes)
  if (!isRecord(header)) throw badContent(path, 'the .safetensors header is damaged: it is no JSON object')
  const tensors = new Map<string, TensorEntry>()
  for (const [name, entry] of Object.entries(header)) {
    if (name !== METADATA) tensors.set(name, parseEntry(path, name, entry))
  }
  return tensors
}

function parseJson(path: string, bytes: Uint8Array): unknown {
  let text
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    header = JSON.parse(text)
  } catch (cause) {
    throw badContent(
      path,
      `the .safetensors header is damaged: ${cause instanceof Error ? cause.message : 'no JSON'}`,
    )
  }
  const repeated = repeatedKey(text)
  if (repeated === undefined) return header
  throw badContent(path, `the .safetensors header is damaged: the name '${repeated}' is there twice`)
}

function parseEntry(path: string, name: string, entry: unknown): TensorEntry {
  if (isRecord(entry)) {
    const { dtype, shape, data_offsets: offsets } = entry
    if (
      typeof dtype === 'string' &&
      isCounts(shape) &&
      isCounts(offsets) &&
      offsets.length === 2 &&
      offsets[0] <= offsets[1]
    ) {
      return { dtype, shape, begin: offsets[0], end: offsets[1] }
    }
  }
  throw badContent(
    path,
    `the .safetensors header is damaged: tensor '${name}' has no valid dtype, shape and data_offsets`,
  )
}

function requireCover(file: InputFile, tensors: ReadonlyMap<string, TensorEntry>, dataBytes: number): void {
  let position = 0
  for (const [name, { begin, end }] of [...tensors].sort(
    (a, b) => a[1].begin - b[1].begin || a[1].end - b[1].end,
  )) {
    if (begin !== position) {
      throw badContent(
        file.path,
        `the .safetensors header is damaged: tensor '${name}' begins at ${begin}, ${position} is due`,
      )
    }
    position = end
  }
  if (position > dataBytes)
    throw badContent(
      file.path,
      `truncated: its tensors need ${counted(position, 'byte')}, ${dataBytes} are there. Copy it again`,
    )
  if (position < dataBytes)
    throw badContent(
      file.path,
      `${counted(dataBytes - position, 'byte')} behind the last tensor belong to none`,
    )
}

function describeTensor(file: InputFile, name: string, entry: TensorEntry, dataStart: number): StoredArray {
  const { dtype, shape, begin, end } = entry
  const type = Object.hasOwn(ACCEPTED, dtype) ? ACCEPTED[dtype] : { dtypeName: `safetensors ${dtype}` }
  if (elementCount(shape) === Infinity) {
    throw badContent(
      `${file.path}#${name}`,
      `the .safetensors header lies: shape ${shapeText(shape)} is larger than any file`,
    )
  }
  return {
    path: file.path,
    name,
    shape,
    ...type,
    bigEndian: false,
    fortranOrder: false,
    offsetBytes: dataStart + begin,
    availableBytes: end - begin,
    deflated: false,
    byteLength: file.byteLength,
    mtimeMs: file.mtimeMs,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
