/**
 * Reads and writes .npy, reads .npz: a second implementation, so that the product's own is not judged by itself.
 * Arrays are { shape, data }; data is a typed array, text of |S arrays a string.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const TYPES = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
  '<u8': BigUint64Array,
}

export function readNpy(path) {
  return parseNpy(readFileSync(path), path)
}

/** The arrays of a .npz by name. */
export function readNpz(path) {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const arrays = {}
  let entry = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = bytes.readUInt16LE(entry + 28)
    const name = bytes.toString('utf8', entry + 46, entry + 46 + nameLength)
    const local = bytes.readUInt32LE(entry + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const stored = bytes.subarray(start, start + bytes.readUInt32LE(entry + 20))
    const member = bytes.readUInt16LE(entry + 10) === 0 ? stored : inflateRawSync(stored)
    arrays[name.replace(/\.npy$/, '')] = parseNpy(member, `${path}#${name}`)
    entry += 46 + nameLength + bytes.readUInt16LE(entry + 30) + bytes.readUInt16LE(entry + 32)
  }
  return arrays
}

function parseNpy(bytes, place) {
  const headerEnd = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, headerEnd)
  const [, descr] = /'descr': '([^']+)'/.exec(header)
  const [, lengths] = /'shape': \(([^)]*)\)/.exec(header)
  const shape = lengths
    .split(',')
    .filter((length) => length.trim() !== '')
    .map(Number)
  const body = bytes.subarray(headerEnd)
  if (descr.startsWith('|S')) return { shape, data: body.toString('latin1') }
  const Type = TYPES[descr]
  const count = shape.reduce((product, length) => product * length, 1)
  if (Type === undefined || body.length !== count * Type.BYTES_PER_ELEMENT)
    throw new Error(`${place}: ${header}`)
  return { shape, data: new Type(Uint8Array.from(body).buffer) }
}

/** `data` (Float32Array or Float64Array, row-major) as a .npy of `shape`. */
export function writeNpy(path, shape, data) {
  const descr = data instanceof Float64Array ? '<f8' : '<f4'
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `${`{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`.padEnd(117)}\n`
  const preamble = Buffer.from('\x93NUMPY\x01\x00__', 'latin1')
  preamble.writeUInt16LE(header.length, 8)
  const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  writeFileSync(path, Buffer.concat([preamble, Buffer.from(header, 'latin1'), body]))
}

/** Rows of numbers as a .npy matrix; `cols` is needed where there are no rows. */
export function writeRows(path, rows, { cols = rows[0].length, float32 = false } = {}) {
  const data = rows.flat()
  writeNpy(path, [rows.length, cols], float32 ? Float32Array.from(data) : Float64Array.from(data))
}

/** The pairs, masses and lists of a heavy .npz; no masses, and so no undefined rows, of causal ones and p other than 2. */
export function readHeavy(path) {
  const { shape, data, indices, indptr, dots, slack, uncertified, ...rest } = readNpz(path)
  const mass = rest.mass?.data ?? new Float64Array(0)
  const pairs = []
  for (let query = 0; query + 1 < indptr.data.length; query++) {
    for (let i = Number(indptr.data[query]); i < Number(indptr.data[query + 1]); i++) {
      pairs.push({ query, key: Number(indices.data[i]), score: data.data[i], dot: dots.data[i] })
    }
  }
  return {
    queryCount: Number(shape.data[0]),
    keyCount: Number(shape.data[1]),
    pairs,
    mass,
    slack: slack.data,
    undefinedRows: [...mass.keys()].filter((query) => Number.isNaN(mass[query])),
    uncertified: [...uncertified.data].map(Number),
  }
}
