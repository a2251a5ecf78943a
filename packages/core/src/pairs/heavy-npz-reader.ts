import type { ByteSource } from '../files/byte-source.ts'
import type { HeaderRecord } from '../lev/canonical.ts'
import { type HeavyMeta, isOfGram, metaComplaint } from './heavy-meta.ts'
import { PairCheck } from './heavy-pair-check.ts'
import type { HeavyShape } from './heavy-pairs.ts'
import { type NpzArrays, NpzReader } from '../formats/npz-reader.ts'
import { BATCH_PAIRS, damagedPairs, type PairBatch } from './pair-collector.ts'

const ROWS_PER_READ = 64 * 1024
const INDEX_TYPES = ['i32', 'i64'] as const

/** Arrays of a number a query. */
export type PerQuery = 'mass' | 'slack' | 'lse'

/** Pairs [start, end) of a query, or a part of them. */
interface Row {
  readonly query: number
  readonly start: number
  readonly end: number
}

/** Heavy pairs in a .npz of openHeavyNpz. What its headers say has been held against one another; `validating` tries the numbers. */
export class HeavyNpzReader {
  readonly shape: HeavyShape
  readonly meta: HeavyMeta | undefined
  readonly hasIntervals: boolean
  readonly isEstimate: boolean
  readonly pairCount: number
  readonly #path: string
  readonly #npz: NpzArrays

  /** False of a matrix that SciPy saved again, without what stood beside it. */
  readonly hasDots: boolean

  /**
   * Throws Content where the archive lacks an array, or what one claims does not fit the others. Reads headers alone. `resaved`: arrays
   * that were saved again, and may lack dots.
   */
  constructor(source: ByteSource, resaved?: NpzArrays) {
    this.#path = source.name
    this.#npz = resaved ?? new NpzReader(source)
    this.hasDots = resaved === undefined || this.#has('dots')
    if (this.#npz.shape('format') === undefined || this.#npz.text('format') !== 'csr') {
      throw this.#damaged('format', 'not a file of heavy pairs: it holds no csr matrix')
    }
    this.#requireShape('shape', [2])
    const [m, n] = this.#npz.numbers('shape', ['i64'], 0, 2)
    this.shape = { n, m }
    this.#requireShape('indptr', [m + 1])
    this.pairCount = this.#rowEnds(m, m + 1)[0]
    for (const name of ['data', 'indices', ...(this.hasDots ? ['dots'] : [])])
      this.#requireShape(name, [this.pairCount])
    this.hasIntervals = this.#has('scoreLow') || this.#has('scoreHigh')
    if (this.hasIntervals)
      for (const name of ['scoreLow', 'scoreHigh']) this.#requireShape(name, [this.pairCount])
    this.isEstimate = this.#has('scoreSE')
    if (this.isEstimate) this.#requireShape('scoreSE', [this.pairCount])
    for (const name of ['mass', 'slack', 'lse']) if (this.#has(name)) this.#requireShape(name, [m])
    if (this.#has('uncertified')) this.#requireListUpTo('uncertified', m)
    this.meta = this.#has('meta') ? this.#checkedMeta() : undefined
  }

  /**
   * Reads the whole file, a piece at a time, in memory that does not grow with it. Throws Content at the first checksum or number that is
   * not right.
   */
  *validating(): Generator<void, void, void> {
    yield* this.#npz.requireChecksums()
    for (const _ of this.batches()) yield
    yield* this.#checkEach('scoreSE', (error) => error >= 0, 'a number from 0 on')
    yield* this.#checkEach('slack', (slack) => slack >= 0 && slack < Infinity, 'a finite number from 0 on')
    // NaN: the query's row sum is 0, or was not settled. Rounding may leave a share a hair outside.
    const isShare = (mass: number) => Number.isNaN(mass) || (mass >= -1e-9 && mass <= 1 + 1e-9)
    yield* this.#checkEach('mass', isShare, 'a share from 0 to 1')
    // -Infinity: the query sees nothing; NaN: it was not asked for.
    yield* this.#checkEach('lse', (lse) => lse < Infinity || Number.isNaN(lse), 'a logarithm')
    this.uncertified()
  }

  /** Ids of the undecided queries, ascending; undefined where the file does not say. Throws Content where they are not. */
  uncertified(): Float64Array | undefined {
    const shape = this.#npz.shape('uncertified')
    if (shape === undefined) return undefined
    const ids = this.#npz.numbers('uncertified', ['i64'], 0, shape[0])
    ids.forEach((id, i) => {
      if (!(id < this.shape.m && (i === 0 || id > ids[i - 1])))
        throw this.#damaged(
          'uncertified',
          `query ${id} at place ${i}: ids ascend below ${this.shape.m}, none twice`,
        )
    })
    return ids
  }

  /** `mass`, `slack` or `lse` of queries [rowStart, rowEnd), undefined where the file has none. */
  perQuery(name: PerQuery, rowStart: number, rowEnd: number): Float64Array | undefined {
    return this.#has(name) ? this.#npz.numbers(name, ['f64'], rowStart, rowEnd) : undefined
  }

  /** In batches of BATCH_PAIRS, which cut a query's pairs where they end. Throws Content as `PairCheck`, and where indptr falls. */
  *batches(): Generator<PairBatch> {
    const check = new PairCheck(this.hasIntervals, this.shape.n)
    let rows: Row[] = []
    for (const row of this.#rows()) {
      for (let start = row.start; start < row.end;) {
        const batchEnd = (Math.floor(start / BATCH_PAIRS) + 1) * BATCH_PAIRS
        const end = Math.min(row.end, batchEnd)
        rows.push({ query: row.query, start, end })
        start = end
        if (end < batchEnd) continue
        yield this.#batch(rows, check)
        rows = []
      }
    }
    if (rows.length > 0) yield this.#batch(rows, check)
  }

  /** The pairs of consecutive `rows`, at least one. */
  #batch(rows: readonly Row[], check: PairCheck): PairBatch {
    const start = rows[0].start
    const end = rows[rows.length - 1].end
    const queryIds = new Float64Array(end - start)
    const keyIds = this.#npz.numbers('indices', INDEX_TYPES, start, end)
    const scores = this.#npz.numbers('data', ['f64'], start, end)
    const dots = this.hasDots
      ? this.#npz.numbers('dots', ['f64'], start, end)
      : new Float64Array(end - start).fill(NaN)
    const [lows, highs] = this.hasIntervals
      ? ['scoreLow', 'scoreHigh'].map((name) => this.#npz.numbers(name, ['f64'], start, end))
      : [scores, scores]
    for (const row of rows) queryIds.fill(row.query, row.start - start, row.end - start)
    for (let i = 0; i < queryIds.length; i++) {
      const wrong = check.complaint(
        queryIds[i],
        keyIds[i],
        scores[i],
        this.hasDots ? dots[i] : 0,
        lows[i],
        highs[i],
      )
      if (wrong !== undefined) throw this.#damaged(wrong.array, wrong.what)
    }
    return { queryIds, keyIds, scores, dots, lows, highs }
  }

  /** Queries that have pairs, with their pair ranges [start, end). */
  *#rows(): Generator<Row> {
    let start = this.#rowEnds(0, 1)[0]
    if (start !== 0) throw this.#damaged('indptr', `it begins with ${start}`)
    for (let row = 0; row < this.shape.m; row += ROWS_PER_READ) {
      const ends = this.#rowEnds(row + 1, Math.min(this.shape.m, row + ROWS_PER_READ) + 1)
      for (let i = 0; i < ends.length; i++) {
        const end = ends[i]
        if (!(end >= start && end <= this.pairCount))
          throw this.#damaged('indptr', `it falls at query ${row + i}`)
        if (end > start) yield { query: row + i, start, end }
        start = end
      }
    }
  }

  #rowEnds(start: number, end: number): Float64Array {
    return this.#npz.numbers('indptr', INDEX_TYPES, start, end)
  }

  *#checkEach(
    name: PerQuery | 'scoreSE',
    isRight: (value: number) => boolean,
    what: string,
  ): Generator<void, void, void> {
    const [of, count] = name === 'scoreSE' ? ['pair', this.pairCount] : ['query', this.shape.m]
    for (let start = 0; start < count && this.#has(name); start += ROWS_PER_READ) {
      const values = this.#npz.numbers(name, ['f64'], start, Math.min(count, start + ROWS_PER_READ))
      const wrong = values.findIndex((value) => !isRight(value))
      if (wrong >= 0)
        throw this.#damaged(name, `it is ${values[wrong]} for ${of} ${start + wrong}, which is not ${what}`)
      yield
    }
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

  #requireListUpTo(name: string, most: number): void {
    const shape = this.#npz.shape(name)
    if (shape?.length !== 1) throw this.#damaged(name, 'not a list')
    if (shape[0] > most) throw this.#damaged(name, `it lists ${shape[0]} of ${most} queries`)
  }

  #checkedMeta(): HeavyMeta {
    const meta = parsedJson(this.#npz.text('meta'))
    if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) {
      throw this.#damaged('meta', 'not a JSON object')
    }
    const wrong = metaComplaint(meta as HeaderRecord, this.shape)
    if (wrong !== undefined) throw this.#damaged('meta', wrong)
    const said = meta as HeavyMeta
    const hasEnds = said.scores === 'interval' || said.scores === 'estimate'
    if (this.hasIntervals && (!hasEnds || isOfGram(said)))
      throw this.#damaged('scoreLow', 'scores of this file are exact by its meta, and have no ends')
    if (hasEnds && !this.hasIntervals && this.pairCount > 0)
      throw this.#damaged('scoreLow', `missing, though the meta says that scores are ${said.scores}s`)
    if (this.isEstimate !== (said.scores === 'estimate') && this.pairCount > 0)
      throw this.#damaged(
        'scoreSE',
        'standard errors stand in a file of estimates, and in no other, as its meta says',
      )
    return said
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
