/**
 * The whole search in this thread, as a command runs it: U by passes over the keys, then every heavy pair, queries
 * outside the certificate decided by exact passes over the keys.
 */
import {
  compileKernels,
  finalThreshold,
  type Kernels,
  matrix as inMemory,
  type MatrixSource,
  scalarKernels,
  type UniversalSet,
  wasmKernels,
  type AttentionMask,
} from '@levattention/core/internal'
import type { Engine } from '#coordinator/engines/engine'
import { findHeavyPairs } from '#coordinator/queries/heavy'
import { findUniversalSet, type UniversalOptions, type UniversalResult } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { type RunContext, RunStats } from '#coordinator/tasks/run-context'
import type { DenseMatrix, HeavyPair } from './oracle.ts'

export interface ReportedPair extends HeavyPair {
  readonly dot: number
  /** Largest slack of the query's pairs. */
  readonly slack: number
}

export interface Found extends UniversalResult {
  /** Sorted by query, then key. */
  readonly pairs: readonly ReportedPair[]
  readonly undefinedRows: readonly number[]
  readonly uncertified: readonly number[]
  /** Of every query. */
  readonly mass: readonly number[]
  readonly stats: RunStats
}

export interface RunOptions extends UniversalOptions {
  /** What the keys are read as; 'f32' rounds them, so their values must be float32 numbers already. */
  readonly element?: 'f32' | 'f64'
  /** The same for the queries. */
  readonly queryElement?: 'f32' | 'f64'
  /** Queries outside the certificate stay undecided: the keys are gone. */
  readonly keysGone?: boolean
  /** Threshold of the search, where it differs from the set's. */
  readonly searchEpsilon?: number
  /** Where queries stand and what they see. */
  readonly mask?: AttentionMask
  readonly makeKernels?: () => Kernels
}

/** U of `keys` [n, d] and the heavy pairs of `queries` [m, d], on the inline engine. */
export async function runInline(
  keys: DenseMatrix,
  queries: DenseMatrix,
  { makeKernels = scalarKernels, ...options }: RunOptions,
): Promise<Found> {
  const engine = new InlineEngine(makeKernels)
  try {
    return await runOn(contextOf(engine, makeKernels()), keys, queries, options)
  } finally {
    await engine.close()
  }
}

/** As `runInline`, on the engine of `context`. */
export async function runOn(
  context: RunContext,
  keys: DenseMatrix,
  queries: DenseMatrix,
  options: Omit<RunOptions, 'makeKernels'>,
): Promise<Found> {
  const keySource = sourceOf(keys, options.element)
  const result = await findUniversalSet(keySource, options, context)
  const heavy = await heavyOn(context, result.universal, sourceOf(queries, options.queryElement), {
    ...options,
    epsilon: options.searchEpsilon ?? result.universal.epsilon,
    keys: options.keysGone ? undefined : keySource,
  })
  return { ...result, ...heavy, stats: context.stats }
}

/** The heavy pairs of all batches as one list. */
export async function heavyOn(
  context: RunContext,
  universal: UniversalSet,
  queries: MatrixSource,
  options: Parameters<typeof findHeavyPairs>[2],
): Promise<Pick<Found, 'pairs' | 'undefinedRows' | 'uncertified' | 'mass'>> {
  const pairs: ReportedPair[] = []
  const undefinedRows: number[] = []
  const uncertified: number[] = []
  const mass: number[] = []
  for await (const batch of findHeavyPairs(universal, queries, options, context)) {
    for (let q = 0; q < batch.queryCount; q++) {
      for (let i = batch.offsets[q]; i < batch.offsets[q + 1]; i++) {
        const { keyIds, scores, dots, slack } = batch
        const query = batch.queryStart + q
        pairs.push({ query, key: keyIds[i], score: scores[i], dot: dots[i], slack: slack[q] })
      }
    }
    undefinedRows.push(...batch.undefinedRows)
    uncertified.push(...batch.uncertified)
    mass.push(...batch.mass)
  }
  return { pairs, undefinedRows, uncertified, mass }
}

export function contextOf(engine: Engine, kernels: Kernels): RunContext {
  return { engine, kernels, signal: undefined, onProgress: undefined, stats: new RunStats() }
}

/** `data` as the product reads it. */
export function sourceOf({ rows, cols, data }: DenseMatrix, element: 'f32' | 'f64' = 'f64'): MatrixSource {
  return inMemory(element === 'f64' ? data : Float32Array.from(data), { rows, cols })
}

/** The nearest float32 numbers, as float64. */
export function roundedToF32(wide: DenseMatrix): DenseMatrix {
  return { ...wide, data: Float64Array.from(wide.data, Math.fround) }
}

/** The threshold that decided U. */
export function thresholdOf({ factor, epsilon }: UniversalSet): number {
  return finalThreshold(factor, epsilon).keepsFrom
}

/** Makes kernels of one kind. */
export const eachKernels: readonly {
  readonly name: string
  readonly open: () => Promise<() => Kernels>
}[] = [
  { name: 'scalar', open: () => Promise.resolve(scalarKernels) },
  {
    name: 'wasm',
    open: async () => {
      const module = await compileKernels()
      return () => wasmKernels(module)
    },
  },
]
