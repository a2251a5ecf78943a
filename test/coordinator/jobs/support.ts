import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  isLevError,
  matrix,
  type ErrorTag,
  type LevError,
  type MatrixSource,
} from '@levattention/core/internal'
import { type Job, withJob } from '#coordinator/job/job'
import type { RunContext } from '#coordinator/tasks/run-context'
import { onTestFinished } from 'vitest'
import { npyBytes } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'
import { tiered } from '../../support/tier.ts'
import type { DenseMatrix } from '../../support/oracle.ts'

/** Where every job must give the same bytes. */
export const WORKERS = tiered([0, 2], [0, 1, 2])

/** A folder of its own for one test, removed after it. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lev-jobs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Every name in `folder`, hidden ones too. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort()
}

/** Writes a matrix as .npy version 1; returns the path. */
export function writeMatrix(
  path: string,
  { rows, cols, data }: DenseMatrix,
  dtype: 'f4' | 'f8' = 'f8',
): string {
  writeFileSync(path, npyBytes([rows, cols], dtype === 'f4' ? Float32Array.from(data) : data))
  return path
}

export function gaussian(rows: number, cols: number, seed = 1): DenseMatrix {
  const random = new Random(seed)
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => random.normal()) }
}

export function sourceOf({ rows, cols, data }: DenseMatrix): MatrixSource {
  return matrix(data, { rows, cols })
}

/** `work` with the stages' context of a job in this thread. */
export async function withContext<T>(work: (context: RunContext, job: Job) => Promise<T>): Promise<T> {
  return await withJob({ workers: 0 }, async (job) => await work(await job.context(0), job))
}

/** The LevError of `tag` that `promise` rejects with. */
export async function rejection(promise: Promise<unknown>, tag: ErrorTag): Promise<LevError> {
  try {
    await promise
  } catch (error) {
    if (isLevError(error, tag)) return error
    throw error
  }
  throw new Error(`expected a LevError ${tag}; nothing was thrown`)
}
