import { counted } from '../errors/counted.ts'
import type { Writable } from 'node:stream'
import { LevError } from '../errors/errors.ts'
import { BatchOrder, type HeavyPairSink, type HeavyShape, type SinkBatch } from './heavy-pairs.ts'
import type { OutputOptions } from '../files/output-check.ts'
import { createOutput } from '../files/output-file.ts'
import { placeFiles, type SealedFile } from '../files/place-files.ts'
import { causeText } from '../files/refusal.ts'

export type HeavyTextFormat = 'ndjson' | 'csv'
export const CSV_HEADER = 'query,key,score,dot'
/** With the ends of the scores' certified intervals. */
export const CSV_INTERVAL_HEADER = `${CSV_HEADER},scoreLow,scoreHigh`
/** And with the standard errors of estimates. */
export const CSV_ESTIMATE_HEADER = `${CSV_INTERVAL_HEADER},scoreSE`

const CHUNK_CHARS = 64 * 1024

/** Where text goes; `write` is waited for before the next. */
interface TextTarget {
  write(text: string): Promise<void> | void
  seal(): Promise<SealedFile[]>
  abort(): void
}

/** Heavy pairs, one line each, in a file. Throws CannotWrite. */
export function openHeavyText(
  path: string,
  format: HeavyTextFormat,
  { n, m, ...options }: HeavyShape & OutputOptions,
): HeavyPairSink {
  const output = createOutput(path, options)
  const target: TextTarget = {
    write: (text) => output.write(Buffer.from(text)),
    seal: async () => [await output.seal()],
    abort: () => output.abort(),
  }
  return new HeavyText(target, format, { n, m })
}

/** Heavy pairs, one line each, into an open stream (standard output), which stays open. */
export function openHeavyStream(stream: Writable, format: HeavyTextFormat, shape: HeavyShape): HeavyPairSink {
  return new HeavyText(streamTarget(stream), format, shape)
}

class HeavyText implements HeavyPairSink {
  readonly #target: TextTarget
  readonly #format: HeavyTextFormat
  readonly #order: BatchOrder
  #text = ''
  #started = false

  constructor(target: TextTarget, format: HeavyTextFormat, shape: HeavyShape) {
    this.#target = target
    this.#format = format
    this.#order = new BatchOrder(shape)
  }

  get pairCount(): number {
    return this.#order.pairCount
  }

  async add(batch: SinkBatch): Promise<void> {
    try {
      this.#order.accept(batch)
      this.#start()
      const line = this.#format === 'csv' ? csvLine : ndjsonLine
      for (let i = 0; i < batch.queryCount; i++) {
        for (let j = batch.offsets[i]; j < batch.offsets[i + 1]; j++) {
          this.#text += line(batch, batch.queryStart + i, j)
          if (this.#text.length >= CHUNK_CHARS) await this.#flush()
        }
      }
    } catch (error) {
      this.abort()
      throw error
    }
  }

  async seal(): Promise<SealedFile[]> {
    try {
      this.#order.requireWhole()
      this.#start()
      await this.#flush()
      return await this.#target.seal()
    } catch (error) {
      this.abort()
      throw error
    }
  }

  async finish(): Promise<void> {
    placeFiles(await this.seal())
  }

  abort(): void {
    this.#target.abort()
  }

  /** The header waits for the first batch, which says whether there are intervals, and errors. */
  #start(): void {
    if (this.#started) return
    this.#started = true
    const { hasErrors, hasIntervals } = this.#order
    const header = hasErrors ? CSV_ESTIMATE_HEADER : hasIntervals ? CSV_INTERVAL_HEADER : CSV_HEADER
    if (this.#format === 'csv') this.#text = `${header}\n`
  }

  async #flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text !== '') await this.#target.write(text)
  }
}

/** The line of pair `at` of `batch`. */
function ndjsonLine(
  { keyIds, scores, dots, scoreLow, scoreHigh, scoreSE }: SinkBatch,
  query: number,
  at: number,
): string {
  const error = scoreSE ? `,"scoreSE":${jsonNumber(scoreSE[at])}` : ''
  const ends =
    scoreLow && scoreHigh
      ? `,"scoreLow":${jsonNumber(scoreLow[at])},"scoreHigh":${jsonNumber(scoreHigh[at])}`
      : ''
  return `{"query":${query},"key":${keyIds[at]},"score":${jsonNumber(scores[at])},"dot":${jsonNumber(dots[at])}${ends}${error}}\n`
}

function csvLine(
  { keyIds, scores, dots, scoreLow, scoreHigh, scoreSE }: SinkBatch,
  query: number,
  at: number,
): string {
  const error = scoreSE ? `,${csvNumber(scoreSE[at])}` : ''
  const ends = scoreLow && scoreHigh ? `,${csvNumber(scoreLow[at])},${csvNumber(scoreHigh[at])}` : ''
  return `${query},${keyIds[at]},${csvNumber(scores[at])},${csvNumber(dots[at])}${ends}${error}\n`
}

/** JSON has no infinity: null. */
function jsonNumber(value: number): string {
  return Number.isFinite(value) ? shortest(value) : 'null'
}

/** As Python and C read them. */
function csvNumber(value: number): string {
  if (Number.isFinite(value)) return shortest(value)
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
}

/** The shortest digits that read back as `value`; String() alone drops the sign of -0. */
function shortest(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function lost(writtenBytes: number, cause: unknown): LevError {
  const message = `cannot write to standard output: ${causeText(cause)}, after ${counted(writtenBytes, 'byte')}`
  return new LevError('CannotWrite', message, { file: '-' }, { cause })
}

function streamTarget(stream: Writable): TextTarget {
  let writtenBytes = 0
  let failure: unknown
  // Without a listener an error of the stream ends the process. The first one says why: later writes only
  // say that the stream is destroyed.
  const onError = (error: Error): void => {
    failure ??= error
  }
  stream.on('error', onError)
  const fail = (error: unknown): Error => lost(writtenBytes, failure ?? stream.errored ?? error)
  const send = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.write(bytes, (error) => (error ? reject(fail(error)) : resolve()))
    })
  return {
    // Called back when the system has taken the bytes: a slow reader slows the run, not fills the memory.
    async write(text) {
      const bytes = Buffer.from(text)
      if (failure !== undefined) throw fail(failure)
      await send(bytes)
      writtenBytes += bytes.byteLength
    },
    async seal() {
      if (failure !== undefined) throw fail(failure)
      stream.off('error', onError)
      return []
    },
    abort() {},
  }
}
