import {
  type AttentionMask,
  EXACT_QUERIES_A_PASS,
  EXACT_QUERY_LIFT,
  exactAnswer,
  losesBits,
  type ExactPart,
  type ExactPrecision,
  type ExactTerms,
  type Factor,
  type HeavyPair,
  type MatrixSource,
  NO_MASK,
  scaleQueries,
  type UniversalSet,
  visibleKeys,
  exactPass,
  firstPrecision,
  newRows,
  rowsIn,
} from '@levattention/core/internal'
import type { Plan } from '../plan/plan.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { Progress } from '../tasks/progress.ts'
import { reducePass } from '../tasks/reduce-pass.ts'

/** What the exact pass found for one query. */
interface DecidedQuery {
  readonly undefined: boolean
  readonly pairs: HeavyPair[]
  /** Share of the row sum inside U; NaN where undefined. */
  readonly mass: number
}
export type ExactDecision = ReadonlyMap<number, DecidedQuery>

/** Keys, queries and what is asked of them. */
interface ExactWork {
  readonly keys: MatrixSource
  readonly queries: MatrixSource
  readonly universal: UniversalSet
  readonly epsilon: number
  readonly plan: Plan
  readonly mask?: AttentionMask
}

/**
 * Decides queries by passes over all keys with compensated dots, and those for which even these are noise by correctly
 * rounded ones (theory.md section 8). Keyed by query id.
 */
export async function decideExactly(
  work: ExactWork,
  queryIds: readonly number[],
  context: RunContext,
): Promise<ExactDecision> {
  const { keys, queries, universal, epsilon, plan, mask = NO_MASK } = work
  const { p } = universal
  const factor = universal.gramFactor ?? universal.factor
  // Shares inside U are told for p = 2 only, and where U is one for all queries.
  const insideRows =
    !universal.gramFactor && !mask.causal ? universal.rowIds.slice().sort() : new Float64Array(0)
  const decision = new Map<number, DecidedQuery>()
  let total = Math.ceil(queryIds.length / EXACT_QUERIES_A_PASS) * plan.shards.length
  let done = 0
  let rowsDone = 0
  const rowsTotal = () => (total / plan.shards.length) * keys.rows
  const onShard = () => {
    rowsDone += rowsIn(plan.shards[done % plan.shards.length])
    context.onProgress?.({ stage: 'exact', done: ++done, total, rowsDone, rowsTotal: rowsTotal() })
  }
  const waiting = groups(queryIds, firstPrecision(universal))
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { ids, precision } = next
    const { scaled, shifts, lost } = gather(queries, ids, factor)
    const keyEnds = mask.causal
      ? Float64Array.from(ids, (id) => visibleKeys(mask, id, keys.rows).rowEnd)
      : undefined
    const { exponents } = factor
    const common = { factor: { exponents }, epsilon, p, precision, insideRows, keyEnds }
    const whole = await passOver(work, { ...common, queries: scaled }, context, onShard)
    const answer = exactAnswer(whole, factor, scaled, shifts, epsilon, precision, lost)
    ids.forEach((id, query) =>
      decision.set(id, { undefined: false, pairs: [], mass: mask.causal ? NaN : answer.mass[query] }),
    )
    for (const pair of answer.pairs) decision.get(ids[pair.query])?.pairs.push(pair)
    for (const query of answer.undefinedRows)
      decision.set(ids[query], { undefined: true, pairs: [], mass: NaN })
    for (const query of answer.beyondRange) decision.delete(ids[query])
    if (answer.uncertified.length > 0) {
      const again = Array.from(answer.uncertified, (query) => ids[query])
      waiting.push(...groups(again, precision === 'float64' ? 'compensated' : 'exact'))
      total += plan.shards.length
    }
  }
  return decision
}

/** One pass over the keys that any of the queries sees. `question.insideRows`: all of U's. */
async function passOver(
  { keys, plan }: ExactWork,
  question: ExactTerms,
  context: RunContext,
  onShard: () => void,
): Promise<ExactPart> {
  const { keyEnds, insideRows } = question
  const lastEnd = keyEnds?.reduce((last, end) => Math.max(last, end), 0) ?? Infinity
  const ranges = plan.shards
    .filter(({ rowStart }) => rowStart < lastEnd)
    .map(({ rowStart, rowEnd }) => ({ rowStart, rowEnd: Math.min(rowEnd, lastEnd) }))
  const own = (index: number) => {
    const { rowStart, rowEnd } = ranges[index]
    return { insideRows: insideRows.filter((rowId) => rowId >= rowStart && rowId < rowEnd) }
  }
  const work = { source: keys, fanIn: plan.fanIn, ranges, task: exactPass, question, own } as const
  const told = { ...context, onProgress: ({ done }: Progress) => void (done > 0 && onShard()) }
  const part = await reducePass({ ...work, stage: 'exact' }, told)
  for (let unseen = ranges.length; unseen < plan.shards.length; unseen++) onShard()
  return part
}

/** The named queries, scaled and lifted [ids, dim], their shifts, and which of them lost an entry by it. */
function gather(queries: MatrixSource, ids: readonly number[], factor: Factor) {
  const { dim } = factor
  const rows = newRows(queries.element, ids.length * dim)
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
