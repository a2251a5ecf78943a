import type { ByteSource } from './byte-source.ts'
import type { HeaderRecord } from './canonical.ts'
import type { HeavyShape } from './heavy-pairs.ts'
import { NpzReader } from './npz-reader.ts'
import { BATCH_PAIRS, damagedPairs, type PairBatch } from './pair-collector.ts'

const ROWS_PER_READ = 64 * 1024

/** Pairs [start, end) of a query. */
interface Row {
  readonly query: number
  readonly start: number
  readonly end: number
}

/** Heavy pairs in a .npz of openHeavyNpz, checked when opened: members, types, shapes. */
export class HeavyNpzReader {
  readonly shape: HeavyShape
  readonly meta: HeaderRecord | undefined
  readonly #path: string
  readonly #npz: NpzReader
  readonly #pairCount: number

  /** Throws Content where the archive is damaged or lacks an array of a heavy pairs file. */
  constructor(source: ByteSource) {
    this.#path = source.name
    this.#npz = new NpzReader(source)
    if (this.#npz.shape('format') === undefined || this.#npz.text('format') !== 'csr') {
      throw this.#damaged('format', 'not a file of heavy pairs: it holds no csr matrix')
    }
    this.#requireShape('shape', [2])
    const [m, n] = this.#npz.numbers('shape', ['i64'], 0, 2)
    this.shape = { n, m }
    this.#requireShape('indptr', [m + 1])
    this.#pairCount = this.#rowEnds(m, m + 1)[0]
    for (const name of ['data', 'indices', 'dots']) this.#requireShape(name, [this.#pairCount])
    for (const name of ['scoreLow', 'scoreHigh'])
      if (this.#has(name)) this.#requireShape(name, [this.#pairCount])
    for (const name of ['mass', 'slack']) if (this.#has(name)) this.#requireShape(name, [m])
    this.meta = this.#has('meta') ? this.#parsedMeta() : undefined
  }

  /** Ids of the undecided queries, undefined where the file does not say. */
  uncertified(): Float64Array | undefined {
    const shape = this.#npz.shape('uncertified')
    if (shape === undefined) return undefined
    if (shape.length !== 1) throw this.#damaged('uncertified', 'not a list')
    return this.#npz.numbers('uncertified', ['i64'], 0, shape[0])
  }

  /** `mass` or `slack` of queries [rowStart, rowEnd), undefined where the file has none. */
  perQuery(name: 'mass' | 'slack', rowStart: number, rowEnd: number): Float64Array | undefined {
    return this.#has(name) ? this.#npz.numbers(name, ['f64'], rowStart, rowEnd) : undefined
  }

  /** Throws Content where indptr falls, or keys of a query do not ascend below n. */
  *batches(): Generator<PairBatch> {
    let rows: Row[] = []
    for (const row of this.#rows()) {
      rows.push(row)
      if (row.end - rows[0].start < BATCH_PAIRS) continue
      yield this.#batch(rows)
      rows = []
    }
    yield this.#batch(rows)
  }

  /** The pairs of consecutive `rows`. */
  #batch(rows: readonly Row[]): PairBatch {
    const start = rows.at(0)?.start ?? 0
    const end = rows.at(-1)?.end ?? 0
    const queryIds = new Float64Array(end - start)
    const keyIds = this.#npz.numbers('indices', ['i32', 'i64'], start, end)
    const scores = this.#npz.numbers('data', ['f64'], start, end)
    const dots = this.#npz.numbers('dots', ['f64'], start, end)
    for (const row of rows) {
      queryIds.fill(row.query, row.start - start, row.end - start)
      this.#checkKeys(row.query, keyIds.subarray(row.start - start, row.end - start))
    }
    if (!scores.every(Number.isFinite)) throw this.#damaged('data', 'a score is not finite')
    const ends = (name: string) => (this.#has(name) ? this.#npz.numbers(name, ['f64'], start, end) : scores)
    return { queryIds, keyIds, scores, dots, lows: ends('scoreLow'), highs: ends('scoreHigh') }
  }

  #checkKeys(query: number, keyIds: Float64Array): void {
    let last = -1
    for (const key of keyIds) {
      if (!(key > last && key < this.shape.n)) {
        throw this.#damaged('indices', `keys of query ${query} do not ascend below ${this.shape.n}`)
      }
      last = key
    }
  }

  /** Queries that have pairs, with their pair ranges [start, end). */
  *#rows(): Generator<Row> {
    let start = this.#rowEnds(0, 1)[0]
    if (start !== 0) throw this.#damaged('indptr', `it begins with ${start}`)
    for (let row = 0; row < this.shape.m; row += ROWS_PER_READ) {
      const ends = this.#rowEnds(row + 1, Math.min(this.shape.m, row + ROWS_PER_READ) + 1)
      for (let i = 0; i < ends.length; i++) {
        const end = ends[i]
        if (!(end >= start && end <= this.#pairCount))
          throw this.#damaged('indptr', `it falls at query ${row + i}`)
        if (end > start) yield { query: row + i, start, end }
        start = end
      }
    }
  }

  #rowEnds(start: number, end: number): Float64Array {
    return this.#npz.numbers('indptr', ['i32', 'i64'], start, end)
  }

  #has(name: string): boolean {
    return this.#npz.shape(name) !== undefined
  }

  #requireShape(name: string, wanted: readonly number[]): void {
    const shape = this.#npz.shape(name)
    if (shape === undefined)
      throw this.#damaged(name, 'missing: not a file of heavy pairs written by levattention')
    if (shape.length === 1 && shape[0] === wanted[0]) return
    throw this.#damaged(name, `it has shape (${shape.join(', ')}), not (${wanted.join(', ')})`)
  }

  #parsedMeta(): HeaderRecord {
    const meta = parsedJson(this.#npz.text('meta'))
    if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) {
      throw this.#damaged('meta', 'not a JSON object')
    }
    return meta as HeaderRecord
  }

  #damaged(name: string, what: string): Error {
    return damagedPairs(this.#path, `array ${name}`, what)
  }
}

/** The value of a JSON text, undefined where it is none. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
