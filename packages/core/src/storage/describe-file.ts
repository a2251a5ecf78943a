import { extname } from 'node:path'
import { parseAddress, selectArray, type Selection } from './address.ts'
import { withInputFile, type InputFile } from './input-file.ts'
import { isNpy, readNpyHeader } from './npy.ts'
import { describeRaw, rawLayout, type RawOptions } from './raw.ts'
import { badContent } from './refusal.ts'
import type { StoredArray } from './stored-array.ts'

/** `dtype` (f16, bf16, f32, f64) with `cols`: a file of any name is read as raw, little-endian, row-major. */
export type OpenOptions = RawOptions

/** The array that an address names. Throws Content, NotFound, Option. */
export function resolveArray(address: string, options: OpenOptions): Selection<StoredArray> {
  const parsed = parseAddress(address)
  return selectArray(arraysIn(parsed.path, options), parsed)
}

function arraysIn(path: string, options: OpenOptions): StoredArray[] {
  const layout = rawLayout(options)
  return withInputFile(path, (file) => (layout === undefined ? detect(file) : [describeRaw(file, layout)]))
}

function detect(file: InputFile): StoredArray[] {
  const start = file.bytes(0, Math.min(8, file.byteLength))
  if (isNpy(start) || extname(file.path) === '.npy') return [npyArray(file)]
  throw badContent(file.path, 'unknown format')
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
