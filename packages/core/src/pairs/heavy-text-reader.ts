import type { ByteSource } from '../files/byte-source.ts'
import { CSV_HEADER, CSV_INTERVAL_HEADER, type HeavyTextFormat } from './heavy-text.ts'
import { PairCheck } from './heavy-pair-check.ts'
import { ReadPairs, damagedPairs, type PairBatch } from './pair-collector.ts'

interface Pair {
  readonly query: number
  readonly key: number
  readonly score: number
  /** NaN where a .ndjson tells none, since it overflowed. */
  readonly dot: number
  readonly low: number
  readonly high: number
  readonly hasEnds: boolean
}

const ID = /^\d{1,16}$/
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i
const NOT_FINITE: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN }

/** True where the pairs of a .ndjson or .csv have the ends of their scores: as its first line says. */
export function textHasIntervals(source: ByteSource, format: HeavyTextFormat): boolean {
  for (const line of linesOf(source)) {
    return format === 'csv' ? line === CSV_INTERVAL_HEADER : (ndjsonPair(line)?.hasEnds ?? false)
  }
  return false
}

/** The pairs of a .ndjson or .csv, in batches. Throws Content with the line where it is not what a sink writes. */
export function* textBatches(source: ByteSource, format: HeavyTextFormat): Generator<PairBatch> {
  const hasIntervals = textHasIntervals(source, format)
  const check = new PairCheck(hasIntervals)
  const collector = new ReadPairs()
  let lineNumber = 0
  for (const line of linesOf(source)) {
    lineNumber++
    const refuse = (what: string): Error => damagedPairs(source.name, `line ${lineNumber}`, what)
    if (format === 'csv' && lineNumber === 1) {
      if (/^(?:\ufeff|\u00ef\u00bb\u00bf)/.test(line))
        throw refuse('it begins with a byte order mark; save the file without one')
      if (line !== CSV_HEADER && line !== CSV_INTERVAL_HEADER)
        throw refuse(`expected the header ${CSV_HEADER}, found ${shown(line)}`)
      continue
    }
    const pair = format === 'csv' ? csvPair(line) : ndjsonPair(line)
    if (pair === undefined) throw refuse(`expected ${EXAMPLES[format]}, found ${shown(line)}`)
    if (pair.hasEnds !== hasIntervals)
      throw refuse(`scoreLow and scoreHigh stand in some lines and not in others: ${shown(line)}`)
    const { query, key, score, dot, low, high } = pair
    // No .ndjson can tell an infinite dot.
    const wrong = check.complaint(
      query,
      key,
      score,
      format === 'ndjson' && Number.isNaN(dot) ? Infinity : dot,
      low,
      high,
    )
    if (wrong !== undefined) throw refuse(wrong.what)
    collector.add(query, key, score, dot, low, high)
    if (collector.isFull) yield collector.take()
  }
  if (format === 'csv' && lineNumber === 0)
    throw damagedPairs(source.name, 'line 1', `expected ${CSV_HEADER}`)
  yield collector.take()
}

const EXAMPLES: Readonly<Record<HeavyTextFormat, string>> = {
  ndjson: '{"query":0,"key":12,"score":0.5,"dot":-3.1}',
  csv: 'four numbers as in 0,12,0.5,-3.1',
}

function shown(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line)
}

function csvPair(line: string): Pair | undefined {
  const fields = line.split(',')
  if (
    (fields.length !== 4 && fields.length !== 6) ||
    !ID.test(fields[0]) ||
    !ID.test(fields[1]) ||
    !NUMBER.test(fields[2])
  )
    return undefined
  if (!NUMBER.test(fields[3]) && !Object.hasOwn(NOT_FINITE, fields[3])) return undefined
  const dot = NOT_FINITE[fields[3]] ?? Number(fields[3])
  const ends = fields.slice(4)
  if (!ends.every((end) => NUMBER.test(end))) return undefined
  const [query, key, score] = fields.map(Number)
  const [low = score, high = score] = ends.map(Number)
  return withIds({ query, key, score, dot, low, high, hasEnds: ends.length > 0 })
}

function ndjsonPair(line: string): Pair | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Partial<Record<keyof Pair | 'scoreLow' | 'scoreHigh', unknown>>
  const { query, key, score, dot, scoreLow = score, scoreHigh = score } = fields
  if (typeof query !== 'number' || typeof key !== 'number' || typeof score !== 'number') return undefined
  if (dot !== null && typeof dot !== 'number') return undefined
  if (typeof scoreLow !== 'number' || typeof scoreHigh !== 'number') return undefined
  const hasEnds = fields.scoreLow !== undefined || fields.scoreHigh !== undefined
  return withIds({ query, key, score, dot: dot ?? NaN, low: scoreLow, high: scoreHigh, hasEnds })
}

/** `pair`, where its ids are whole and exact. */
function withIds(pair: Pair): Pair | undefined {
  const { query, key } = pair
  return Number.isSafeInteger(query) && query >= 0 && Number.isSafeInteger(key) && key >= 0 ? pair : undefined
}

const CHUNK_BYTES = 1024 * 1024
/** Our longest line has about 130 characters: a longer one is no line of ours, and is not loaded to find out. */
const MAX_LINE_CHARS = 4096

/** The lines of a text, without their ends (\n or \r\n). Throws Content where one is very long or the last has no end. */
export function* linesOf(source: ByteSource): Generator<string> {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, source.byteLength))
  let rest = ''
  let lineNumber = 0
  for (let offset = 0; offset < source.byteLength; offset += chunk.byteLength) {
    const piece = chunk.subarray(0, Math.min(chunk.byteLength, source.byteLength - offset))
    source.read(offset, piece)
    const lines = (rest + piece.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      lineNumber++
      if (line.length > MAX_LINE_CHARS) throw tooLong(source, lineNumber)
      yield line.endsWith('\r') ? line.slice(0, -1) : line
    }
    if (rest.length > MAX_LINE_CHARS) throw tooLong(source, lineNumber + 1)
  }
  if (rest !== '') throw damagedPairs(source.name, `line ${lineNumber + 1}`, 'truncated: the line has no end')
}

function tooLong(source: ByteSource, lineNumber: number): Error {
  return damagedPairs(source.name, `line ${lineNumber}`, `longer than ${MAX_LINE_CHARS} characters`)
}
