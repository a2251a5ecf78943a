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
  mergeExactParts,
  NO_MASK,
  noPowers,
  rowCountOf,
  scaleQueries,
  type UniversalSet,
  visibleKeys,
} from '@levattention/core/internal'
import type { Plan } from '../plan.ts'
import { rowBytes } from './row-bytes.ts'
import { mapInOrder } from './map-in-order.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'
import { TreeReducer } from './tree-reducer.ts'

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
    const whole = await exactPass(
      keys,
      plan,
      shareArrays(scaled),
      factor,
      insideRows,
      epsilon,
      precision,
      p,
      keyEnds,
      context,
      () => {
        done++
        context.onProgress?.({ stage: 'exact', done, total })
      },
    )
    const answer = exactAnswer(whole, factor, scaled, shifts, epsilon, precision, lost)
    ids.forEach((id, query) =>
      decision.set(id, { undefined: false, pairs: [], mass: mask.causal ? NaN : answer.mass[query] }),
    )
    for (const pair of answer.pairs) decision.get(ids[pair.query])?.pairs.push(pair)
    for (const query of answer.undefinedRows)
      decision.set(ids[query], { undefined: true, pairs: [], mass: NaN })
    for (const query of answer.beyondRange) decision.delete(ids[query])
    if (answer.uncertified.length > 0) {
      work.push(
        ...groups(
          answer.uncertified.map((query) => ids[query]),
          precision === 'plain' ? 'compensated' : 'exact',
        ),
      )
      total += plan.shards.length
    }
  }
  return decision
}

async function exactPass(
  keys: MatrixSource,
  plan: Plan,
  queries: Float64Array,
  factor: Factor,
  insideRows: Float64Array,
  epsilon: number,
  precision: ExactPrecision,
  p: number,
  keyEnds: Float64Array | undefined,
  { engine, signal, stats }: RunContext,
  onShard: () => void,
): Promise<ExactPart> {
  const lastEnd = keyEnds?.reduce((last, end) => Math.max(last, end), 0) ?? Infinity
  const seen = plan.shards
    .filter(({ rowStart }) => rowStart < lastEnd)
    .map(({ rowStart, rowEnd }) => ({ rowStart, rowEnd: Math.min(rowEnd, lastEnd) }))
  const requests = seen.map((range) => ({
    source: keys.spec,
    range,
    factor: { exponents: factor.exponents },
    queries,
    epsilon,
    precision,
    p,
    keyEnds,
    insideRows: insideRows.filter((rowId) => rowId >= range.rowStart && rowId < range.rowEnd),
  }))
  const reducer = new TreeReducer<ExactPart>(plan.fanIn, mergeExactParts)
  for await (const part of mapInOrder(engine, 'exact', requests, signal)) {
    reducer.push(part)
    onShard()
  }
  stats.bytesRead += rowBytes(keys) * rowCountOf(seen)
  for (let rest = seen.length; rest < plan.shards.length; rest++) onShard()
  const none = new Float64Array(0)
  const empty = {
    rowSums: noPowers(p, queries.length / keys.cols),
    insideSums: noPowers(p, queries.length / keys.cols),
    depth: 0,
    keysLost: false,
    queries: new Uint32Array(0),
  }
  return reducer.finish() ?? { ...empty, keyIds: none, dots: none, absolutes: none }
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
