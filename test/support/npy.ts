/**
 * A minimal reader of what the golden scripts write: .npy version 1, little-endian, C order and .npz. For tests alone, and independent of the product's readers on purpose.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import type { DenseMatrix } from './oracle.ts'

export interface NpyArray {
  readonly dtype: string
  readonly shape: readonly number[]
  /** Row-major, widened to float64. */
  readonly data: Float64Array
}

const ELEMENT = {
  '<f8': [8, (view: DataView, at: number) => view.getFloat64(at, true)],
  '<f4': [4, (view: DataView, at: number) => view.getFloat32(at, true)],
  '<i4': [4, (view: DataView, at: number) => view.getInt32(at, true)],
  '<i8': [8, (view: DataView, at: number) => Number(view.getBigInt64(at, true))],
  '<u8': [8, (view: DataView, at: number) => Number(view.getBigUint64(at, true))],
} as const

export function readNpy(path: string): NpyArray {
  return parseNpy(readFileSync(path), path)
}

/** A 2-D .npy file as a matrix [rows, cols]. */
export function readNpyMatrix(path: string): DenseMatrix {
  const { shape, data } = readNpy(path)
  if (shape.length !== 2) throw new Error(`${path} is not a matrix: its shape is (${shape.join(', ')})`)
  return { rows: shape[0], cols: shape[1], data }
}

/** The arrays of a .npz by name; texts are left out. */
export function readNpz(path: string): Record<string, NpyArray> {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const arrays: Record<string, NpyArray> = {}
  let entry = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = bytes.readUInt16LE(entry + 28)
    const name = bytes.toString('utf8', entry + 46, entry + 46 + nameLength)
    const local = bytes.readUInt32LE(entry + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const stored = bytes.subarray(start, start + bytes.readUInt32LE(entry + 20))
    const member = bytes.readUInt16LE(entry + 10) === 0 ? stored : inflateRawSync(stored)
    if (!member.includes("'descr': '|S"))
      arrays[name.replace(/\.npy$/, '')] = parseNpy(member, `${path}#${name}`)
    entry += 46 + nameLength + bytes.readUInt16LE(entry + 30) + bytes.readUInt16LE(entry + 32)
  }
  return arrays
}

/** The shape of a .npy file, from its first 4 KiB. */
export function readNpyShape(path: string): readonly number[] {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(4096)
    return parseHeader(head.subarray(0, readSync(file, head, 0, head.length, 0)), path).shape
  } finally {
    closeSync(file)
  }
}

function parseNpy(bytes: Buffer, place: string): NpyArray {
  const { dtype, shape, headerEnd } = parseHeader(bytes, place)
  const count = shape.reduce((product, length) => product * length, 1)
  const [byteLength, get] = ELEMENT[dtype]
  if (bytes.length !== headerEnd + count * byteLength) throw new Error(`${place}: wrong length`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + headerEnd)
  const data = Float64Array.from({ length: count }, (_, i) => get(view, i * byteLength))
  return { dtype, shape, data }
}

function parseHeader(bytes: Buffer, place: string) {
  if (bytes.toString('latin1', 1, 6) !== 'NUMPY' || bytes[6] !== 1) throw new Error(`${place}: not .npy v1`)
  const headerEnd = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, headerEnd)
  const dtype = /'descr': '([^']+)'/.exec(header)?.[1] ?? ''
  if (!isReadable(dtype) || !header.includes("'fortran_order': False")) {
    throw new Error(`${place}: cannot read ${header.trim()}`)
  }
  const lengths = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '').split(',')
  return { dtype, shape: lengths.filter((length) => length.trim() !== '').map(Number), headerEnd }
}

function isReadable(dtype: string): dtype is keyof typeof ELEMENT {
  return dtype in ELEMENT
}
