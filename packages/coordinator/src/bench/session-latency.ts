import type { UniversalSet } from '@levattention/core'
import { matrix, normalOfWord } from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { type LevAttention, levattention } from '../library/levattention.ts'
import type { Session } from '../sessions/session.ts'

export interface SessionSettings {
  /** Keys of U, about, and their columns. */
  readonly universal: number
  readonly dim: number
  /** Of a batch. */
  readonly queries: number
  /** For which callers call, at each number of them. */
  readonly seconds: number
  readonly callers: readonly number[]
  /** Threads; default: the cores granted. */
  readonly actors?: number | undefined
}

/** Of a batch, as its caller sees it. */
export interface CallerLatency {
  readonly callers: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly queriesPerSecond: number
}

export interface SessionResult {
  readonly universal: number
  readonly dim: number
  readonly queries: number
  readonly actors: number
  readonly epsilon: number
  /** In the first batch. */
  readonly pairs: number
  readonly latencies: readonly CallerLatency[]
}

/** The session: 64 queries, 1,000 keys, d = 64. */
export const USUAL_SESSION: SessionSettings = {
  universal: 1000,
  dim: 64,
  queries: 64,
  seconds: 1,
  callers: [1, 4],
}

const BATCHES = 50
/** Short rows beside each long one. */
const SHORT_ROWS = 19
const LONG = 3

/**
 * Latency of a session's batches and its throughput, for callers who ask the next batch when the last one is answered. Half of the
 * queries point near a key of U, the others anywhere. Throws Aborted.
 */
export async function sessionLatency(
  settings: SessionSettings,
  signal?: AbortSignal,
): Promise<SessionResult> {
  const lev = await levattention()
  try {
    return await measured(lev, settings, signal)
  } finally {
    await lev.close()
  }
}

async function measured(
  lev: LevAttention,
  settings: SessionSettings,
  signal: AbortSignal | undefined,
): Promise<SessionResult> {
  const { dim, queries, actors } = settings
  const next = gaussians()
  // Long rows have about 9 d / (28 |U|).
  const epsilon = dim / (6 * settings.universal)
  const universal = await lev.universalSet(madeKeys(settings, next), { epsilon, signal })
  const session = await lev.session(universal, actors === undefined ? {} : { actors })
  const batches = Array.from({ length: BATCHES }, () => madeBatch(universal, settings, next))
  // Warms the threads up.
  await callersOf(session, batches, Math.max(...settings.callers), settings, signal)
  const latencies: CallerLatency[] = []
  for (const callers of settings.callers)
    latencies.push(await callersOf(session, batches, callers, settings, signal))
  const { scores } = await session.query(batches[0])
  const { length: size } = universal.rowIds
  return {
    universal: size,
    dim,
    queries,
    actors: session.actorCount,
    epsilon,
    pairs: scores.length,
    latencies,
  }
}

/** Normal numbers, the same at every start, by a linear congruence. */
function gaussians(): () => number {
  let word = 1
  return () => normalOfWord((word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0))
}

/** Long rows are U, twice the threshold each; many times as many short ones are not. */
function madeKeys({ universal, dim }: SessionSettings, next: () => number) {
  const every = (SHORT_ROWS + 1) * dim
  const rows = (SHORT_ROWS + 1) * universal
  const data = Float32Array.from({ length: rows * dim }, (_, i) => (i % every < dim ? LONG : 1) * next())
  return matrix(data, { rows, cols: dim })
}

/** Every second query near a key of U. */
function madeBatch(
  { keys, rowIds }: UniversalSet,
  { queries, dim }: SessionSettings,
  next: () => number,
): Float32Array {
  const batch = new Float32Array(queries * dim)
  for (let q = 0; q < queries; q++) {
    const slot = Math.floor(Math.abs(next()) * 1e6) % Math.max(1, rowIds.length)
    for (let a = 0; a < dim; a++)
      batch[q * dim + a] = (q % 2 === 0 ? (keys[slot * dim + a] ?? 0) : 0) + 0.3 * next()
  }
  return batch
}

async function callersOf(
  session: Session,
  batches: readonly Float32Array[],
  callers: number,
  { seconds, queries }: SessionSettings,
  signal: AbortSignal | undefined,
): Promise<CallerLatency> {
  const latencies: number[] = []
  const start = performance.now()
  const call = async () => {
    for (let i = 0; performance.now() < start + 1000 * seconds; i++) {
      throwIfAborted(signal)
      const before = performance.now()
      await session.query(batches[i % batches.length])
      latencies.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  const elapsed = (performance.now() - start) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]
  const queriesPerSecond = Math.round((latencies.length * queries) / elapsed)
  return { callers, p50Ms: at(0.5), p99Ms: at(0.99), queriesPerSecond }
}
