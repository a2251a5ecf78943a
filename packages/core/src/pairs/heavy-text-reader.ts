import type { ByteSource } from '../files/byte-source.ts'
import { type CsvDialect, csvDialect, fieldsOf, numberOf, withoutMark } from './csv-dialect.ts'
import { CSV_HEADER, type HeavyTextFormat } from './heavy-text.ts'
import { PairCheck } from './heavy-pair-check.ts'
import { LINE_PAIRS, ReadPairs, damagedPairs, type PairBatch } from './pair-collector.ts'
import { MOST_SORTED_PAIRS, type SortedPairs, UnsortedPairs } from './sorted-pairs.ts'

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
  const line = firstLineOf(source)
  if (line === undefined) return false
  return format === 'csv'
    ? csvDialect(line)?.columns.scoreLow !== undefined
    : (ndjsonPair(withoutMark(line))?.hasEnds ?? false)
}

/** True where scores have standard errors, as the first line says. */
export function textHasErrors(source: ByteSource, format: HeavyTextFormat): boolean {
  const line = firstLineOf(source)
  if (line === undefined) return false
  return format === 'csv'
    ? csvDialect(line)?.columns.scoreSE !== undefined
    : /^[^{]*\{.*"scoreSE":/.test(line)
}

/** The pairs of a text, and how it is read. */
export interface TextPairs {
  readonly pairCount: number
  /** From the beginning, each time. */
  batches(): Generator<PairBatch>
}

/**
 * The pairs of a .ndjson or .csv as a sink writes them, or as a data frame wrote them again: with the columns of its header in any
 * order, an index among them, quoted, with another separator, ids as floats; in any order of lines, which are then held and sorted.
 * Reads all of it, some lines at a time. Throws Content with the line where one is none of a pair.
 */
export function* openTextPairs(
  source: ByteSource,
  format: HeavyTextFormat,
): Generator<void, TextPairs, void> {
  let pairCount = 0
  try {
    for (const { queryIds } of textBatches(source, format)) {
      pairCount += queryIds.length
      yield
    }
    return { pairCount, batches: () => textBatches(source, format) }
  } catch (error) {
    if (!(error instanceof Disorder)) throw error
    const sorted = yield* sortedPairs(source, format, error)
    return { pairCount: sorted.count, batches: () => sorted.pairs.batches() }
  }
}

/** A pair stands before an earlier one. */
class Disorder extends Error {
  /** What is said of it where its file is not sorted. */
  readonly refusal: Error

  constructor(refusal: Error) {
    super('pairs are not sorted')
    this.refusal = refusal
  }
}

/** All pairs of a text, each held against the others once they are sorted. Throws Content with the line. */
function* sortedPairs(
  source: ByteSource,
  format: HeavyTextFormat,
  { refusal }: Disorder,
): Generator<void, { readonly count: number; readonly pairs: SortedPairs }, void> {
  const unsorted = new UnsortedPairs()
  for (const { lineNumber, pair } of textPairs(source, format)) {
    if (unsorted.count === MOST_SORTED_PAIRS) throw refusal
    const { query, key, score, dot, low, high } = pair
    unsorted.add(lineNumber, query, key, score, dot, low, high)
    if (unsorted.count % LINE_PAIRS === 0) yield
  }
  const pairs = yield* unsorted.sorting()
  const check = new PairCheck(textHasIntervals(source, format))
  let checked = 0
  for (const [query, key, score, dot, low, high, line] of pairs.each()) {
    if (++checked % LINE_PAIRS === 0) yield
    const wrong = check.complaint(query, key, score, checkedDot(format, dot), low, high)
    if (wrong !== undefined) throw damagedPairs(source.name, `line ${line}`, wrong.what)
  }
  return { count: unsorted.count, pairs }
}

/** No .ndjson can tell an infinite dot. */
function checkedDot(format: HeavyTextFormat, dot: number): number {
  return format === 'ndjson' && Number.isNaN(dot) ? Infinity : dot
}

/** The pairs in the order of their lines, in batches. Throws Content with the line where one is none of a pair, and Disorder. */
function* textBatches(source: ByteSource, format: HeavyTextFormat): Generator<PairBatch> {
  const check = new PairCheck(textHasIntervals(source, format))
  const collector = new ReadPairs()
  for (const { lineNumber, pair } of textPairs(source, format)) {
    const { query, key, score, dot, low, high } = pair
    const wrong = check.complaint(query, key, score, checkedDot(format, dot), low, high)
    if (wrong !== undefined) {
      const refusal = damagedPairs(source.name, `line ${lineNumber}`, wrong.what)
      throw wrong.isOrder ? new Disorder(refusal) : refusal
    }
    collector.add(query, key, score, dot, low, high)
    if (collector.isFull) yield collector.take()
  }
  yield collector.take()
}

/** Each pair with its line, from 1. Throws Content with the line where one is none of a pair. */
function* textPairs(
  source: ByteSource,
  format: HeavyTextFormat,
): Generator<{ readonly lineNumber: number; readonly pair: Pair }> {
  const hasIntervals = textHasIntervals(source, format)
  let dialect: CsvDialect | undefined
  let lineNumber = 0
  for (const whole of linesOf(source)) {
    lineNumber++
    const line = lineNumber === 1 ? withoutMark(whole) : whole
    const refuse = (what: string): Error => damagedPairs(source.name, `line ${lineNumber}`, what)
    if (format === 'csv' && lineNumber === 1) {
      dialect = csvDialect(line)
      if (dialect === undefined) throw refuse(`expected the header ${CSV_HEADER}, found ${shown(line)}`)
      continue
    }
    const ours = dialect?.isOurs ? csvPair(line) : undefined
    const pair = dialect ? (ours ?? framePair(line, dialect)) : ndjsonPair(line)
    if (pair === undefined) throw refuse(`expected ${expected(format, dialect)}, found ${shown(line)}`)
    if (pair.hasEnds !== hasIntervals)
      throw refuse(`scoreLow and scoreHigh stand in some lines and not in others: ${shown(line)}`)
    yield { lineNumber, pair }
  }
  if (format === 'csv' && lineNumber === 0)
    throw damagedPairs(source.name, 'line 1', `expected ${CSV_HEADER}`)
}

function expected(format: HeavyTextFormat, dialect: CsvDialect | undefined): string {
  if (dialect === undefined || dialect.separator === ',') return EXAMPLES[format]
  return `numbers between ${JSON.stringify(dialect.separator)}, as its header has`
}

const EXAMPLES: Readonly<Record<HeavyTextFormat, string>> = {
  ndjson: '{"query":0,"key":12,"score":0.5,"dot":-3.1}',
  csv: 'four numbers as in 0,12,0.5,-3.1',
}

function shown(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line)
}

/** Fields of a line: with the ends of its score, and with its standard error, which nothing is held against. */
const OUR_LENGTHS: readonly number[] = [4, 6, 7]

function csvPair(line: string): Pair | undefined {
  const fields = line.split(',')
  if (
    !OUR_LENGTHS.includes(fields.length) ||
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

/** The pair of a line as another program writes it. */
function framePair(line: string, dialect: CsvDialect): Pair | undefined {
  const { separator, columns, columnCount } = dialect
  const fields = fieldsOf(line, separator)
  if (fields.length !== columnCount) return undefined
  const of = (name: keyof typeof columns) => numberOf(fields[columns[name] ?? -1], dialect)
  const [query, key, score] = [of('query'), of('key'), of('score')]
  const dotText = fields[columns.dot]
  const hasDot = !Number.isNaN(of('dot')) || /^nan$/i.test(dotText)
  if (!hasDot || !Number.isFinite(score)) return undefined
  const hasEnds = columns.scoreLow !== undefined
  const [low, high] = hasEnds ? [of('scoreLow'), of('scoreHigh')] : [score, score]
  if (Number.isNaN(low) || Number.isNaN(high)) return undefined
  return withIds({ query, key, score, dot: of('dot'), low, high, hasEnds })
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

/** Cut into lines in one piece. */
const CHUNK_BYTES = 64 * 1024
/** Our longest line has about 130 characters: a longer one is no line of ours, and is not loaded to find out. */
const MAX_LINE_CHARS = 4096

/** The first of `linesOf`. */
function firstLineOf(source: ByteSource): string | undefined {
  for (const line of linesOf(source)) return line
  return undefined
}

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
