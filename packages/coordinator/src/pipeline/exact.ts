import {
  type AttentionMask,
  EXACT_QUERIES_A_PASS,
  EXACT_QUERY_LIFT,
  exactAnswer,
  losesBits,
  type ExactPart,
  type ExactPrecision,
  type Factor,
  type HeavyPair,
  type MatrixSource,
  NO_MASK,
  scaleQueries,
  type UniversalSet,
  visibleKeys,
  type ExactQuestion,
  exactPass,
} from '@levattention/core/internal'
import type { Plan } from '../plan.ts'
import type { RunContext } from './run-context.ts'
import type { Progress } from './progress.ts'
import { reducePass } from './reduce-pass.ts'

/** What the exact pass found for one query. */
export interface DecidedQuery {
  readonly undefined: boolean
  readonly pairs: HeavyPair[]
  /** Share of the row sum inside U; NaN where undefined. */
  readonly mass: number
}
export type ExactDecision = ReadonlyMap<number, DecidedQuery>

/**
 * Decides queries by passes over all keys with compensated dots, and those for which even these are noise by correctly
 * rounded ones (theory.md section 8). Keyed by query id.
 */
export async function decideExactly(
  keys: MatrixSource,
  plan: Plan,
  queries: MatrixSource,
  queryIds: readonly number[],
  { factor: chooser, plain, rowIds, p }: UniversalSet,
  epsilon: number,
  context: RunContext,
  mask: AttentionMask = NO_MASK,
): Promise<ExactDecision> {
  const factor = plain ?? chooser
  // Shares inside U are told for p = 2 only, and where U is one for all queries.
  const insideRows = p === 2 && mask === NO_MASK ? rowIds.slice().sort() : new Float64Array(0)
  const decision = new Map<number, DecidedQuery>()
  let total = Math.ceil(queryIds.length / EXACT_QUERIES_A_PASS) * plan.shards.length
  let done = 0
  const work: { ids: readonly number[]; precision: ExactPrecision }[] = groups(
    queryIds,
    p === 2 && !factor.sketch ? 'compensated' : 'plain',
  )
  for (let next = work.shift(); next; next = work.shift()) {
    const { ids, precision } = next
    const { scaled, shifts, lost } = gather(queries, ids, factor)
    const keyEnds = mask.causal
      ? Float64Array.from(ids, (id) => visibleKeys(mask, id, keys.rows).rowEnd)
      : undefined
    const { exponents } = factor
    const question = { factor: { exponents }, queries: scaled, epsilon, precision, p, keyEnds }
    const whole = await decidePart(keys, plan, question, insideRows, context, () => {
      done++
      context.onProgress?.({ stage: 'exact', done, total })
    })
    const answer = exactAnswer(whole, factor, scaled, shifts, epsilon, precision, lost)
    ids.forEach((id, query) =>
      decision.set(id, { undefined: false, pairs: [], mass: mask.causal ? NaN : answer.mass[query] }),
    )
    for (const pair of answer.pairs) decision.get(ids[pair.query])?.pairs.push(pair)
    for (const query of answer.undefinedRows)
      decision.set(ids[query], { undefined: true, pairs: [], mass: NaN })
    for (const query of answer.beyondRange) decision.delete(ids[query])
    if (answer.undecided.length > 0) {
      work.push(
        ...groups(
          answer.undecided.map((query) => ids[query]),
          precision === 'plain' ? 'compensated' : 'exact',
        ),
      )
      total += plan.shards.length
    }
  }
  return decision
}

/** All shards that any of the queries sees. */
async function decidePart(
  keys: MatrixSource,
  plan: Plan,
  question: Omit<ExactQuestion, 'insideRows'>,
  insideRows: Float64Array,
  context: RunContext,
  onShard: () => void,
): Promise<ExactPart> {
  const lastEnd = question.keyEnds?.reduce((last, end) => Math.max(last, end), 0) ?? Infinity
  const ranges = plan.shards
    .filter(({ rowStart }) => rowStart < lastEnd)
    .map(({ rowStart, rowEnd }) => ({ rowStart, rowEnd: Math.min(rowEnd, lastEnd) }))
  const own = (index: number) => {
    const { rowStart, rowEnd } = ranges[index]
    return { insideRows: insideRows.filter((rowId) => rowId >= rowStart && rowId < rowEnd) }
  }
  const all = { ...question, insideRows: new Float64Array(0) }
  const work = { source: keys, ranges, fanIn: plan.fanIn, task: exactPass, question: all, own } as const
  const quiet = { ...context, onProgress: ({ done }: Progress) => void (done > 0 && onShard()) }
  const part = await reducePass({ ...work, stage: 'exact', isPassing: true }, quiet)
  for (let rest = ranges.length; rest < plan.shards.length; rest++) onShard()
  return part
}

/** The named queries, scaled and lifted [ids, dim], their shifts, and which of them lost an entry by it. */
function gather(queries: MatrixSource, ids: readonly number[], factor: Factor) {
  const { dim } = factor
  const rows =
    queries.element === 'f64' ? new Float64Array(ids.length * dim) : new Float32Array(ids.length * dim)
  ids.forEach((id, i) => queries.readRows(id, id + 1, rows.subarray(i * dim, (i + 1) * dim)))
  const scaled = new Float64Array(ids.length * dim)
  const shifts = new Int32Array(ids.length)
  scaleQueries(factor, rows, ids.length, scaled, shifts, EXACT_QUERY_LIFT)
  const lost = Uint8Array.from(ids, (_, i) => {
    const query = rows.subarray(i * dim, (i + 1) * dim).map((value, a) => (factor.live[a] ? value : 0))
    const columnShifts = factor.exponents.map((exponent) => exponent + shifts[i])
    return losesBits(query, 1, columnShifts) ? 1 : 0
  })
  return { scaled, shifts, lost }
}

function groups(
  ids: readonly number[],
  precision: ExactPrecision,
): { ids: readonly number[]; precision: ExactPrecision }[] {
  const count = Math.ceil(ids.length / EXACT_QUERIES_A_PASS)
  return Array.from({ length: count }, (_, g) => ({
    ids: ids.slice(g * EXACT_QUERIES_A_PASS, (g + 1) * EXACT_QUERIES_A_PASS),
    precision,
  }))
}
