// @ts-check
/**
 * Writes .npy, and reads what the golden scripts and the product write: .npy version 1, little-endian, C order, and .npz.
 * For tests and checks alone, and independent of the product's readers on purpose.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

/**
 * @typedef {object} NpyArray
 * @property {string} dtype
 * @property {readonly number[]} shape
 * @property {Float64Array} data row-major, widened to float64
 */

/** @type {Readonly<Record<string, readonly [byteLength: number, get: (view: DataView, at: number) => number]>>} */
const ELEMENT = {
  '<f8': [8, (view, at) => view.getFloat64(at, true)],
  '<f4': [4, (view, at) => view.getFloat32(at, true)],
  '<i4': [4, (view, at) => view.getInt32(at, true)],
  '<i8': [8, (view, at) => Number(view.getBigInt64(at, true))],
  '<u8': [8, (view, at) => Number(view.getBigUint64(at, true))],
}

/** @param {string} path */
export function readNpy(path) {
  return parseNpy(readFileSync(path), path)
}

/**
 * A 2-D .npy file as a matrix [rows, cols].
 * @param {string} path
 * @returns {import('./oracle.ts').DenseMatrix}
 */
export function readNpyMatrix(path) {
  const { shape, data } = readNpy(path)
  if (shape.length !== 2) throw new Error(`${path} is not a matrix: its shape is (${shape.join(', ')})`)
  return { rows: shape[0], cols: shape[1], data }
}

/**
 * The arrays of a .npz by name; texts are left out.
 * @param {string} path
 * @returns {Record<string, NpyArray>}
 */
export function readNpz(path) {
  const numbers = [...membersOf(path)].filter(([, member]) => !member.includes("'descr': '|S"))
  return Object.fromEntries(numbers.map(([name, member]) => [name, parseNpy(member, `${path}#${name}`)]))
}

/**
 * The JSON in the text `meta` of a .npz.
 * @param {string} path
 * @returns {Record<string, unknown>}
 */
export function readNpzMeta(path) {
  const member = membersOf(path).get('meta')
  if (member === undefined) throw new Error(`${path}: no array meta`)
  return JSON.parse(member.toString('latin1', 10 + member.readUInt16LE(8)))
}

/** @param {string} path */
function membersOf(path) {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  /** @type {Map<string, Buffer>} */
  const members = new Map()
  let entry = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = bytes.readUInt16LE(entry + 28)
    const name = bytes.toString('utf8', entry + 46, entry + 46 + nameLength)
    const local = bytes.readUInt32LE(entry + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const stored = bytes.subarray(start, start + bytes.readUInt32LE(entry + 20))
    const member = bytes.readUInt16LE(entry + 10) === 0 ? stored : inflateRawSync(stored)
    members.set(name.replace(/\.npy$/, ''), member)
    entry += 46 + nameLength + bytes.readUInt16LE(entry + 30) + bytes.readUInt16LE(entry + 32)
  }
  return members
}

/**
 * The shape of a .npy file, from its first 4 KiB.
 * @param {string} path
 */
export function readNpyShape(path) {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(4096)
    return parseHeader(head.subarray(0, readSync(file, head, 0, head.length, 0)), path).shape
  } finally {
    closeSync(file)
  }
}

/**
 * @param {Buffer} bytes
 * @param {string} place
 * @returns {NpyArray}
 */
function parseNpy(bytes, place) {
  const { dtype, shape, headerEnd } = parseHeader(bytes, place)
  const count = shape.reduce((product, length) => product * length, 1)
  const [byteLength, get] = ELEMENT[dtype]
  if (bytes.length !== headerEnd + count * byteLength) throw new Error(`${place}: wrong length`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + headerEnd)
  const data = new Float64Array(count)
  for (let i = 0; i < count; i++) data[i] = get(view, i * byteLength)
  return { dtype, shape, data }
}

/**
 * @param {Buffer} bytes
 * @param {string} place
 */
function parseHeader(bytes, place) {
  if (bytes.toString('latin1', 1, 6) !== 'NUMPY' || bytes[6] !== 1) throw new Error(`${place}: not .npy v1`)
  const headerEnd = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, headerEnd)
  const dtype = /'descr': '([^']+)'/.exec(header)?.[1] ?? ''
  if (!(dtype in ELEMENT) || !header.includes("'fortran_order': False"))
    throw new Error(`${place}: cannot read ${header.trim()}`)
  const lengths = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '').split(',')
  return { dtype, shape: lengths.filter((length) => length.trim() !== '').map(Number), headerEnd }
}

/**
 * `data` [...shape], row-major, as a .npy of version 1.
 * @param {readonly number[]} shape
 * @param {Float32Array | Float64Array} data
 */
export function npyBytes(shape, data) {
  const descr = data instanceof Float64Array ? '<f8' : '<f4'
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `${`{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`.padEnd(117)}\n`
  const length = Buffer.from(Uint16Array.of(header.length).buffer)
  const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), body])
}
