import {
  boundSlackOf,
  type Factor,
  type LevFile,
  rowCountOf,
  type RowRanges,
  type SummaryState,
  summaryFrom,
  universalFrom,
  attentionName,
  withLev,
} from '@levattention/core/internal'
import { guaranteeOf } from '../problem/guarantee.ts'

/** What a .lev holds. Fields that its kind has not are absent. */
export interface InspectedLev {
  readonly kind: LevFile['kind']
  readonly formatVersion: number
  readonly attention: string
  readonly n: number
  readonly d: number
  readonly p: number
  readonly epsilon: number
  /** For queries that see keys up to their own position. */
  readonly causal: boolean
  /** Row ids that it is about. */
  readonly ranges: RowRanges
  /** How its keys are kept. */
  readonly element: 'f32' | 'f64'
  /** Keys that it holds: U, or those that may be in it. */
  readonly keyCount: number
  readonly largestBounds: readonly { readonly rowId: number; readonly bound: number }[]
  /** Rows whose keys are not here and must be read again. */
  readonly openRows: number
  /** regular: every query is covered. refined: so, after further passes. ridge: a test decides for each query. */
  readonly certificate?: 'regular' | 'refined' | 'ridge'
  readonly condition?: number
  readonly rank?: number
  readonly thresholdSlack?: number
  /** sketch: U misses a key with probability `delta` at most, over seeds. */
  readonly method?: 'sketch'
  readonly delta?: number
}

const SHOWN_BOUNDS = 5
/** Lines of a list handed on at a time. */
const LIST_LINES = 4096

/** Throws NotFound, Content (damaged, foreign, a newer version). */
export function inspectLev(path: string): InspectedLev {
  return withLev(path, (file) => {
    if (file.kind !== 'universal') return stateFacts(file, summaryFrom(file))
    const { state, universal } = universalFrom(file)
    const { factor, epsilon } = universal
    return {
      ...stateFacts(file, state),
      ...factorFacts(factor, universal.prefixes !== undefined),
      ...sketchFacts(factor, epsilon),
    }
  })
}

/** `rowId<TAB>bound` lines, bound descending, ties by row id; some thousand lines a piece. Throws as inspectLev. */
export function* levList(path: string): Generator<string> {
  const { rowIds, bounds } = withLev(path, (file) => ({
    rowIds: file.read('rowIds', 'u64'),
    bounds: file.read('bounds', 'f64'),
  }))
  const slots = byBound(rowIds, bounds)
  for (let start = 0; start < slots.length; start += LIST_LINES) {
    let text = ''
    for (const slot of slots.subarray(start, start + LIST_LINES)) text += `${rowIds[slot]}\t${bounds[slot]}\n`
    yield text
  }
}

function stateFacts(file: LevFile, state: SummaryState): InspectedLev {
  const { dim, epsilon, p, policy, ranges, openRanges, gram, candidates } = state
  const { rowIds, bounds, element } = candidates
  const largest = byBound(rowIds, bounds).subarray(0, SHOWN_BOUNDS)
  return {
    kind: file.kind,
    formatVersion: file.formatVersion,
    attention: attentionName(state),
    n: gram.rowCount,
    d: dim,
    p,
    epsilon,
    causal: policy === 'prefix',
    ranges,
    element,
    keyCount: candidates.count,
    largestBounds: Array.from(largest, (slot) => ({ rowId: rowIds[slot], bound: bounds[slot] })),
    openRows: rowCountOf(openRanges),
  }
}

function factorFacts(factor: Factor, isCausal: boolean) {
  const { ridge, dropRidge, preconditioner, condition, rank } = factor
  const certificate: InspectedLev['certificate'] =
    Math.max(ridge, dropRidge) > 0 ? 'ridge' : preconditioner === undefined ? 'regular' : 'refined'
  // Causal bounds hold with their slack.
  const thresholdSlack = isCausal ? factor.thresholdSlack : boundSlackOf(factor)
  return { certificate, condition, rank, thresholdSlack }
}

function sketchFacts(factor: Factor, epsilon: number): Pick<InspectedLev, 'method' | 'delta'> {
  const { method, guarantee } = guaranteeOf(factor, epsilon)
  return method === 'sketch' && guarantee.delta !== undefined ? { method, delta: guarantee.delta } : {}
}

function byBound(rowIds: Float64Array, bounds: Float64Array): Uint32Array {
  return Uint32Array.from(rowIds.keys()).sort((a, b) => bounds[b] - bounds[a] || rowIds[a] - rowIds[b])
}
