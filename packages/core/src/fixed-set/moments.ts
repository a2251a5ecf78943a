import { maskedMatrix } from '../matrix/masked-matrix.ts'
import { type MatrixSource, newRows } from '../matrix/matrix-source.ts'
import { momentScoresTask } from '../passes/moment-scores.ts'
import { type Moments, momentsPass } from '../passes/moments.ts'
import { scaleEntries } from '../selection/entry-factor.ts'
import { type ReadRows, rowsStanding } from '../selection/read-queries.ts'
import { type KeySegment, rangeOf } from '../selection/segments.ts'
import { askOf, type Recipe } from './ask.ts'
import { factorOfEntries, keysOf, type KeyHead, taskRanges } from './terms.ts'

/** mu·k + kᵀ Sigma k / 2 [n] of scale q, times one number for all keys of a segment; 0 where the segment has no query. Throws Content. */
export function* momentScores(
  head: KeyHead,
  rows: ReadRows,
  segments: readonly KeySegment[],
): Recipe<Float64Array> {
  const keys = keysOf(head)
  const scores = new Float64Array(keys.rows)
  const { scale = 1 / Math.sqrt(keys.cols) } = head
  const factor = yield* factorOfEntries(keys, rangeOf(segments))
  const queryFactor = yield* factorOfQueries(head.queries, rows)
  for (const segment of segments) {
    const own = rowsStanding(rows, head.visibility, segment)
    const moments = yield* momentsOf(head.queries, own, queryFactor)
    if (moments === undefined) continue
    yield askOf({
      task: momentScoresTask,
      source: keys,
      ranges: taskRanges(keys, segment.keyRows),
      question: { factor, ...formsOf(moments, scale / factor / queryFactor) },
      take: (part, { rowStart }) => scores.set(part, rowStart),
    })
  }
  return scores
}

interface CentredMoments extends Moments {
  /** [dim] */
  readonly centre: Float64Array
}

/** Undefined of no queries. Around the first of them: a mean that all share does not swallow the covariance. */
function* momentsOf(
  queries: readonly MatrixSource[],
  rows: ReadRows,
  factor: number,
): Recipe<CentredMoments | undefined> {
  const first = rows.findIndex(({ length }) => length > 0)
  if (first < 0) return undefined
  const centre = readCentre(queries[first], rows[first][0], factor)
  const dim = centre.length
  let moments: Moments = {
    count: 0,
    sum: new Float64Array(dim),
    squares: new Float64Array(dim * dim),
  }
  for (const [head, source] of queries.entries()) {
    const own = rows[head]
    if (own.length === 0) continue
    const range = { rowStart: own[0], rowEnd: own[own.length - 1] + 1 }
    const question = { factor, rows: own, centre }
    const terms = { question, dim, element: source.element }
    yield askOf({
      task: momentsPass,
      source,
      ranges: taskRanges(source, range),
      question,
      take: (part) => (moments = momentsPass.merge(moments, part, terms, undefined as never)),
    })
  }
  return { ...moments, centre }
}

function readCentre(source: MatrixSource, row: number, factor: number): Float64Array {
  const centre = newRows(source.element, source.cols)
  source.readRows(row, row + 1, centre)
  scaleEntries(centre, factor)
  return Float64Array.from(centre)
}

/** The score as linear·k + kᵀ quadratic k for keys and queries whose logit is `scale` <q, k>, over the larger of scale and its square. */
function formsOf(
  { count, sum, squares, centre }: CentredMoments,
  scale: number,
): { linear: Float64Array; quadratic: Float64Array } {
  const dim = centre.length
  const shift = sum.map((x) => x / count)
  const [ofMean, ofSpread] = scale > 1 ? [1 / scale, 0.5] : [1, scale / 2]
  const quadratic = new Float64Array(dim * dim)
  for (let a = 0; a < dim; a++) {
    for (let b = a; b < dim; b++) {
      const covariance = squares[a * dim + b] / count - shift[a] * shift[b]
      quadratic[a * dim + b] = quadratic[b * dim + a] = ofSpread * covariance
    }
  }
  return { linear: centre.map((x, a) => ofMean * (x + shift[a])), quadratic }
}

/** Of those that are read alone. */
function* factorOfQueries(queries: readonly MatrixSource[], rows: ReadRows): Recipe<number> {
  let factor = Infinity
  for (const [head, source] of queries.entries()) {
    const seen = new Uint8Array(new SharedArrayBuffer(source.rows))
    for (const row of rows[head]) seen[row] = 1
    const range = { rowStart: 0, rowEnd: source.rows }
    factor = Math.min(factor, yield* factorOfEntries(maskedMatrix(source, seen), range, 'queries'))
  }
  return factor
}
