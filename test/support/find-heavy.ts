/** The whole pipeline in one call, for tests that hold its answer against an oracle. */
import { matrix, type UniversalSet } from '@levattention/core/internal'
import { findHeavyPairs } from '#coordinator/queries/heavy'
import { findUniversalSet } from '#coordinator/keys/universal'
import { type RunContext, RunStats } from '#coordinator/tasks/run-context'
import { Runtime } from '#coordinator/engines/runtime'
import type { DenseMatrix } from './oracle.ts'

export interface FoundPair {
  readonly query: number
  readonly key: number
  readonly score: number
  readonly dot: number
  /** slack_i of the pair's query. */
  readonly slack: number
  /** Ends of the score's interval, where intervals were asked for. */
  readonly low?: number | undefined
  readonly high?: number | undefined
}

export interface Found {
  readonly universal: UniversalSet
  readonly pairs: FoundPair[]
  readonly undefinedRows: number[]
  readonly uncertified: number[]
  readonly stats: RunStats
}

/** How the matrices reach the pipeline: as float32 (exact for float32 values) or float64. */
export type Element = 'f32' | 'f64'

export function sourceOf({ rows, cols, data }: DenseMatrix, element: Element = 'f64') {
  return matrix(element === 'f32' ? Float32Array.from(data) : Float64Array.from(data), { rows, cols })
}

export function contextOf(runtime: Runtime, engine: RunContext['engine']): RunContext {
  return { engine, kernels: runtime.kernels, signal: undefined, onProgress: undefined, stats: new RunStats() }
}

export interface FindOptions {
  readonly element?: Element
  readonly keysAgain?: boolean
  readonly p?: number
  readonly scores?: 'exact' | 'interval'
  readonly passes?: number
  /** p = 4: whether by fourth moments; by default where that pays. */
  readonly moments?: boolean
  readonly tighten?: boolean
  readonly shards?: number
}

/** U and the heavy pairs of all queries; `keysAgain: false` keeps the keys from the query stage. */
export async function findHeavy(
  runtime: Runtime,
  keys: DenseMatrix,
  queries: DenseMatrix,
  epsilon: number,
  { element = 'f64', keysAgain = true, p = 2, scores = 'exact', moments, ...plan }: FindOptions = {},
): Promise<Found> {
  const context = contextOf(runtime, await runtime.engine(0))
  const keySource = sourceOf(keys, element)
  const { universal } = await findUniversalSet(keySource, { epsilon, p, ...plan }, context)
  const options = { epsilon, scores, moments, keys: keysAgain ? keySource : undefined }
  const found: Found = { universal, pairs: [], undefinedRows: [], uncertified: [], stats: context.stats }
  for await (const batch of findHeavyPairs(universal, sourceOf(queries), options, context)) {
    for (let q = 0; q < batch.queryCount; q++) {
      for (let i = batch.offsets[q]; i < batch.offsets[q + 1]; i++) {
        found.pairs.push({
          query: batch.queryStart + q,
          key: batch.keyIds[i],
          score: batch.scores[i],
          dot: batch.dots[i],
          slack: batch.slack[q],
          low: batch.scoreLow?.[i],
          high: batch.scoreHigh?.[i],
        })
      }
    }
    found.undefinedRows.push(...batch.undefinedRows)
    found.uncertified.push(...batch.uncertified)
  }
  return found
}
