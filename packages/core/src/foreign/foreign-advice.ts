import type { InputFile } from '../files/input-file.ts'
import { fileWord, isTypable, nameFor, PIPE, pythonString } from '../files/typed-code.ts'
import { type FileStart, type Look, START_BYTES } from './file-start.ts'
import { lookOf, perhaps } from './look.ts'
import { nameLook } from './name-look.ts'

/** Larger text is not read to see whether all of it can be converted. */
const WHOLE_BYTES = 2 ** 20

/** Files through a pipe are those of queries. */
const INFLATE_ON_THE_WAY =
  'inflate it on the way, as `zcat Q.npy.gz | levattention query --universal u.lev --queries -` does'

/** The beginning of `file`, from byte `offset` on. */
export function fileStart(file: InputFile, offset = 0): FileStart {
  const { byteLength } = file
  const end = Math.min(byteLength, offset + START_BYTES)
  return {
    bytes: file.bytes(offset, end - offset),
    byteLength: byteLength - offset,
    ...(byteLength > 0 ? { lastByte: file.bytes(byteLength - 1, 1)[0] } : {}),
  }
}

/** What `file` is where its bytes, or else its name, show that it is of a format that is not read. */
export function foreignLook(file: InputFile): Look | undefined {
  const start = fileStart(file)
  return lookOf(start) ?? perhaps(start) ?? nameLook(file.path)
}

/** What `file` is by `look`, and what to do: a whole line to type where that gives all its numbers. */
export function foreignMessage(file: InputFile, look: Look): string {
  if (file.path === PIPE && look.holds === 'npy.gz') return `${look.what}; ${INFLATE_ON_THE_WAY}`
  const shards = look.holds === 'json' ? shardsText(file) : undefined
  if (shards !== undefined) return shards
  const todo = (isTypable(file.path) ? conversion(file, look) : undefined) ?? look.advice
  return todo === undefined ? look.what : `${look.what}; ${todo}`
}

/** Shards that are listed. */
const LISTED = 4

/** What a model.safetensors.index.json is: which files hold the tensors. Undefined of other JSON. */
function shardsText(file: InputFile): string | undefined {
  if (file.byteLength > WHOLE_BYTES) return undefined
  try {
    const index = JSON.parse(Buffer.from(file.bytes(0, file.byteLength)).toString()) as {
      weight_map?: Record<string, unknown>
    } | null
    const map = index?.weight_map ?? {}
    const names = [...new Set(Object.values(map))].filter((name) => typeof name === 'string')
    if (names.length === 0) return undefined
    const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : ''
    return `an index of tensors, which lie in other files (its weight_map says which tensor in which): name one of them, with # and the tensor behind it: ${names.slice(0, LISTED).join(', ')}${more}`
  } catch {
    return undefined // No JSON.
  }
}

function conversion(file: InputFile, { holds }: Look): string | undefined {
  if (holds === 'npy.gz') {
    const to = nameFor(file.path.replace(/\.npy\.gz$/i, '.gz'), '')
    return `inflate it: \`gzip -dc < ${fileWord(file.path)} > ${fileWord(to)}\``
  }
  if (holds !== 'json' || file.byteLength > WHOLE_BYTES) return undefined
  // Python reads text in the encoding of its surroundings: ASCII is the same in all.
  const text = Buffer.from(file.bytes(0, file.byteLength)).toString('latin1')
  if (!/^[\t\n\r\x20-\x7e]+$/.test(text)) return undefined
  const reading = jsonReading(file.path, text)
  if (reading === undefined) return undefined
  return `in Python: \`${reading.imports}; numpy.save(${pythonString(nameFor(file.path, ''))}, ${reading.code})\``
}

interface Reading {
  readonly imports: string
  readonly code: string
}

/** False for whole numbers that float64 does not tell from their neighbours, and for numbers beyond its range. */
function keepsDigits(field: string): boolean {
  const value = Number(field)
  if (!Number.isFinite(value)) return false
  return !/^[+-]?\d+\.?$/.test(field) || Math.abs(value) < 2 ** 53
}

function jsonReading(path: string, text: string): Reading | undefined {
  let rows: unknown
  try {
    rows = JSON.parse(text)
  } catch {
    return undefined // No JSON, or several values one after the other.
  }
  if (
    !Array.isArray(rows) ||
    !rows.every((row) => isNumbers(row) && row.length === (rows as number[][])[0].length)
  )
    return undefined
  if (!(text.match(/[\d.eE+-]+/g) ?? []).every(keepsDigits)) return undefined
  return {
    imports: 'import json, numpy',
    code: `numpy.array(json.load(open(${pythonString(path)})), dtype='float64')`,
  }
}

function isNumbers(row: unknown): row is number[] {
  return Array.isArray(row) && row.length > 0 && row.every((value) => Number.isFinite(value))
}
