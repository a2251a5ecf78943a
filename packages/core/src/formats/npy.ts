import { counted } from '../errors/counted.ts'
import { parseNpyDict, type NpyHeader } from './npy-header.ts'
import { badContent } from '../files/refusal.ts'
import type { DType, IntegerType } from '../matrix/matrix-source.ts'
import type { Format } from './format.ts'
import { singleArray, type StoredArray } from './stored-array.ts'

const MAGIC = '\x93NUMPY'
/** A header of a plain array has about 120 bytes. Longer ones belong to structured types, or lie. */
const MAX_HEADER_BYTES = 65_535

const CHANGED_LINE_ENDS =
  'damaged on its way: every line feed became a carriage return and a line feed, as of text; copy it again, as binary'

/** Bytes [position, position + byteLength) of a .npy stream; throws Content where it has no such bytes. */
export type BytesAt = (position: number, byteLength: number) => Uint8Array

/** NumPy's own file of one array. */
export const npyFormat: Format = {
  name: '.npy',
  knows: ({ first }) => isNpy(first),
  catalog: ({ file }) =>
    singleArray(
      readNpyHeader(file.bytes, {
        path: file.path,
        name: '',
        offsetBytes: 0,
        streamBytes: file.byteLength,
        fileBytes: file.byteLength,
        mtimeMs: file.mtimeMs,
        deflated: false,
      }),
    ),
}

/** Where the stream is and how long: the file itself, or a member of an archive. */
export interface NpyPlace {
  readonly path: string
  readonly name: string
  /** Position of the stream in the file. */
  readonly offsetBytes: number
  readonly streamBytes: number
  readonly fileBytes: number
  readonly mtimeMs: number
  readonly deflated: boolean
  readonly inflatedPath?: string
}

/** True where `bytes` begin as a .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC
}

/**
 * Reads the header of the .npy stream `bytesAt`, of version 1, 2 or 3: at most 65,547 bytes, whatever it claims.
 * Any type and shape is described; whether it is a matrix is decided later. Throws Content (no .npy, damaged).
 */
export function readNpyHeader(bytesAt: BytesAt, place: NpyPlace): StoredArray {
  const { path, name, fileBytes, mtimeMs, deflated, inflatedPath } = place
  const label = name === '' ? path : `${path}#${name}`
  const { textStart, textBytes, encoding } = readPrefix(bytesAt, place.streamBytes, label)
  const text = decode(bytesAt(textStart, textBytes), encoding, label)
  if (text.endsWith('\r')) throw badContent(label, CHANGED_LINE_ENDS)
  const header = parseNpyDict(text, label)
  const dataStart = textStart + textBytes
  return {
    path,
    name,
    shape: header.shape,
    ...describeType(header),
    fortranOrder: header.fortranOrder,
    offsetBytes: place.offsetBytes + dataStart,
    availableBytes: place.streamBytes - dataStart,
    deflated,
    ...(inflatedPath === undefined ? {} : { inflatedPath }),
    byteLength: fileBytes,
    mtimeMs,
  }
}

interface Prefix {
  readonly textStart: number
  readonly textBytes: number
  readonly encoding: 'latin1' | 'utf-8'
}

/** Magic, version, and the length of the text: 2 bytes in version 1, 4 after that. */
function readPrefix(bytesAt: BytesAt, streamBytes: number, label: string): Prefix {
  if (streamBytes < 10) throw badContent(label, `no .npy file: it has only ${counted(streamBytes, 'byte')}`)
  const start = bytesAt(0, 10)
  if (!isNpy(start)) throw badContent(label, 'no .npy file: it does not begin with \\x93NUMPY')
  const [major, minor] = [start[6], start[7]]
  if (major < 1 || major > 3 || minor !== 0) {
    throw badContent(label, `.npy version ${major}.${minor}; versions 1.0, 2.0 and 3.0 are read`)
  }
  const textStart = major === 1 ? 10 : 12
  if (streamBytes < textStart) throw badContent(label, `truncated: the file ends inside the .npy header`)
  const bytes = bytesAt(8, textStart - 8)
  const textBytes = bytes.reduceRight((length, byte) => length * 256 + byte, 0)
  if (textStart + textBytes > streamBytes) {
    const has = `the file has ${streamBytes}`
    throw badContent(label, `truncated: the .npy header ends at byte ${textStart + textBytes}, ${has}`)
  }
  if (textBytes > MAX_HEADER_BYTES) {
    throw badContent(
      label,
      `a .npy header of ${counted(textBytes, 'byte')}; a plain array's has at most ${MAX_HEADER_BYTES}`,
    )
  }
  return { textStart, textBytes, encoding: major === 3 ? 'utf-8' : 'latin1' }
}

function decode(bytes: Uint8Array, encoding: 'latin1' | 'utf-8', label: string): string {
  if (encoding === 'latin1') return Buffer.from(bytes).toString('latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badContent(label, 'the .npy header is damaged: it is no UTF-8 text')
  }
}

const FLOATS: Readonly<Record<string, { readonly dtype: DType; readonly dtypeName: string }>> = {
  f2: { dtype: 'f16', dtypeName: 'float16' },
  f4: { dtype: 'f32', dtypeName: 'float32' },
  f8: { dtype: 'f64', dtypeName: 'float64' },
  // NumPy reads its characters and names as well, in the machine's own order.
  e: { dtype: 'f16', dtypeName: 'float16' },
  f: { dtype: 'f32', dtypeName: 'float32' },
  d: { dtype: 'f64', dtypeName: 'float64' },
  float16: { dtype: 'f16', dtypeName: 'float16' },
  float32: { dtype: 'f32', dtypeName: 'float32' },
  float64: { dtype: 'f64', dtypeName: 'float64' },
  // NumPy itself has no such name; others write it.
  bfloat16: { dtype: 'bf16', dtypeName: 'bfloat16' },
}

/** Integers by NumPy's code of them: a letter and bytes, a character, a name. */
const INTEGERS: Readonly<Record<string, readonly [dtype: IntegerType, name: string]>> = {
  ...Object.fromEntries(
    ['int', 'uint'].flatMap((sign) =>
      [1, 2, 4, 8].flatMap((bytes) => {
        const type = [`${sign[0]}${bytes * 8}`, `${sign}${bytes * 8}`] as [IntegerType, string]
        return [
          [`${sign[0]}${bytes}`, type],
          [type[1], type],
        ]
      }),
    ),
  ),
  ...Object.fromEntries(['b1', '?', 'bool'].map((code) => [code, ['bool', 'bool'] as const])),
  b: ['i8', 'int8'],
  B: ['u8', 'uint8'],
  h: ['i16', 'int16'],
  H: ['u16', 'uint16'],
  i: ['i32', 'int32'],
  I: ['u32', 'uint32'],
  l: ['i64', 'int64'],
  L: ['u64', 'uint64'],
  q: ['i64', 'int64'],
  Q: ['u64', 'uint64'],
}

/** The type letter's name; a width in bits is added where it has one. */
const KINDS: Readonly<Record<string, string>> = {
  b: 'bool',
  i: 'int',
  u: 'uint',
  f: 'float',
  c: 'complex',
  O: 'Python object',
  S: 'byte string',
  a: 'byte string',
  U: 'string',
  V: 'void',
  M: 'datetime64',
  m: 'timedelta64',
}

function describeType(
  header: NpyHeader,
): Pick<StoredArray, 'dtypeName' | 'bigEndian' | 'dtype' | 'recordDescr'> {
  const { descr, structured } = header
  if (structured) return { dtypeName: `structured (${shorten(descr)})`, bigEndian: false, recordDescr: descr }
  // '=' and '|' and no sign mean the writer's own order: little-endian on every machine that matters.
  const [, order, type] = /^([<>|=]?)(.*)$/s.exec(descr) ?? ['', '', descr]
  const bigEndian = order === '>'
  if (Object.hasOwn(FLOATS, type)) return { ...FLOATS[type], bigEndian }
  if (Object.hasOwn(INTEGERS, type)) {
    const [dtype, name] = INTEGERS[type]
    return { dtype, dtypeName: `${name} ('${descr}')`, bigEndian }
  }
  return { dtypeName: `${kindName(type)} ('${shorten(descr)}')`, bigEndian }
}

/** A letter with a width, a unit of time, or nothing behind it; '?' is NumPy's other word for b1. */
const TYPE = /^(?:[biufcSaUV]\d*|[Mm]8(?:\[.*\])?|O\d?|\?)$/

function kindName(type: string): string {
  const kind = type === '?' ? 'bool' : KINDS[type.charAt(0)]
  if (kind === undefined || !TYPE.test(type)) return 'unknown type'
  const numeric = /^[iufc](\d{1,2})$/.exec(type)
  return numeric === null ? kind : `${kind}${Number(numeric[1]) * 8}`
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
