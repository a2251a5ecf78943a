import {
  estimateDrawLimit,
  EXACT_QUERIES_A_PASS,
  isQuadratic,
  type ScoresMode,
} from '@levattention/core/internal'
import { momentUnits, usesFourthMoments } from '../plan/moments.ts'
import type { Rates } from './rates.ts'

/** The queries of a run: m of them, over keys [n, d] by |q.k|^p. */
export interface AskedQueries {
  readonly n: number
  readonly d: number
  readonly m: number
  readonly p?: number | undefined
  readonly scores?: ScoresMode | undefined
}

/** What queries take, in seconds of core time. */
export interface QueryWork {
  /** Of a further pass over the keys, before: draws, or fourth moments. */
  readonly passSeconds?: number
  readonly searchSeconds: number
  /** Of each thread that searches: it gets the draws ready. */
  readonly threadSeconds: number
  /** Beside that, where U is as large as it can be. p = 2: nothing beside the rest, and counted in the search. */
  readonly universalSeconds: number
  /** Sums over all keys, and how often they read these. */
  readonly exactSeconds: number
  readonly exactReadings: number
  /** Of all that the part that is by draws, or by fourth moments, row sums among it; without what threads take. */
  readonly drawnSeconds?: number
  readonly momentSeconds?: number
}

/** p other than 2: by draws, where scores are estimates, by fourth moments, or by sums over all keys. */
export function queryWork(asked: AskedQueries, universalSize: number, rates: Rates): QueryWork {
  const { n, d, m, p = 2 } = asked
  const none = { threadSeconds: 0, universalSeconds: 0, exactSeconds: 0, exactReadings: 0 }
  const ofQueries = m * rates.secondsPerQuery
  const ofUniversal = m * universalSize * d * (rates.power ?? rates).secondsPerProduct
  if (isQuadratic({ p }) || m === 0) return { ...none, searchSeconds: ofQueries + ofUniversal }
  const ofPower = { ...none, searchSeconds: ofQueries, universalSeconds: ofUniversal }
  const draws = rates.power?.draws
  if (draws) {
    const passSeconds = n * draws.secondsPerRow + draws.keepingSeconds
    const searchSeconds = m * draws.secondsPerQuery
    const { threadSeconds } = draws
    return {
      ...ofPower,
      passSeconds,
      searchSeconds,
      threadSeconds,
      drawnSeconds: passSeconds + searchSeconds,
    }
  }
  const shape = { rows: n, cols: d }
  const unit = d * rates.secondsPerExactProduct
  if (usesFourthMoments(shape, { p, scores: asked.scores, queryCount: m })) {
    const { summing, querying } = momentUnits(shape, m)
    const momentSeconds = unit * (summing + querying)
    return {
      ...ofPower,
      passSeconds: unit * summing,
      searchSeconds: ofQueries + unit * querying,
      momentSeconds,
    }
  }
  return { ...ofPower, exactSeconds: m * n * unit, exactReadings: Math.ceil(m / EXACT_QUERIES_A_PASS) }
}

export const FLOAT32_BYTES = 4
/** A candidate beside its key: row id and bound. */
export const CANDIDATE_BYTES = 16
/** The dots that a thread holds at most of one matrix. */
const DOTS_BYTES = 8 * 2 ** 22
/** U: as shards chose it, merged, chosen from and shared. */
const UNIVERSAL_COPIES = 5

/** U as `threads` hold it that search: p other than 2 also as float64 in each. */
export function universalBytes({ d, p = 2 }: AskedQueries, universalSize: number, threads: number): number {
  const asRead = universalSize * (FLOAT32_BYTES * d + CANDIDATE_BYTES)
  if (isQuadratic({ p })) return 2 * asRead
  return UNIVERSAL_COPIES * asRead + threads * 8 * d * universalSize
}

/** What estimates take of memory, beside the process. */
export interface DrawnBytes {
  /** One thread that draws. */
  readonly draw: number
  /** Threads that search: drawn rows as they were read, in each as float64, and dots with them and with U. */
  readonly search: number
  /** Both on this machine. */
  readonly together: number
}

/** `drawers` threads draw from the keys, `searchers` search. */
export function drawnBytes({ n, d }: AskedQueries, drawers: number, searchers: number): DrawnBytes {
  const drawn = FLOAT32_BYTES * d * estimateDrawLimit(d, n)
  // Twice as many come as are kept, and are copied as they are sorted.
  const drawing = 4 * drawn
  return {
    draw: drawing + drawn,
    search: 2 * drawn + searchers * (2 * drawn + 2 * DOTS_BYTES),
    together: 3 * drawn + drawers * drawing + searchers * DOTS_BYTES,
  }
}
