import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openLev, universalFrom } from '@levattention/core/internal'
import { build, type BuildOptions } from '#coordinator/jobs/build'
import type { JobSummary } from '#coordinator/job/job-summary'
import { run } from '#coordinator/jobs/run'
import { type RunOptions } from '#coordinator/solve/run-options'
import { withJob } from '#coordinator/job/job'
import { beforeEach } from 'vitest'
import { Random } from '../../support/random.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'
import { gaussian, testFolder, writeMatrix } from './support.ts'

export const [n, d, EPSILON] = [9000, 5, 0.02]
export const keys = tall(n, 1)
export const queries = gaussian(60, d, 2)
export let folder: string

/** A folder of its own with K.npy and Q.npy, for each test. */
export function useFolder(): void {
  beforeEach(() => {
    folder = testFolder()
    writeMatrix(at('K.npy'), keys)
    writeMatrix(at('Q.npy'), queries)
  })
}

export const at = (name: string) => join(folder, name)

export function tall(rows: number, seed: number): DenseMatrix {
  const drawn = gaussian(rows, d, seed)
  drawn.data.forEach((value, i) => {
    if (Math.floor(i / d) % 900 === 17) drawn.data[i] = 30 * value
  })
  return drawn
}

export function part({ cols, data }: DenseMatrix, rowStart: number, rowEnd: number): DenseMatrix {
  return { rows: rowEnd - rowStart, cols, data: data.slice(rowStart * cols, rowEnd * cols) }
}

/** A .npy's or any bytes in random pieces. */
export function piped(bytes: Uint8Array, seed = 1, most = 70_000): () => Readable {
  const random = new Random(seed)
  const pieces: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + 1 + random.below(most))
    pieces.push(bytes.slice(start, end))
    start = end
  }
  return () => Readable.from(pieces)
}

export const raw = ({ data }: DenseMatrix) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
export const asRaw = { dtype: 'f64', cols: d }

export async function built(options: Partial<BuildOptions>, out: string, workers = 0): Promise<JobSummary> {
  return await withJob({ workers }, (job) =>
    build({ keys: ['-'], epsilon: EPSILON, ...options, out: [at(out)] }, job),
  )
}

export async function ran(
  options: Partial<RunOptions>,
  out: string | undefined,
  workers = 0,
): Promise<JobSummary> {
  const file = out === undefined ? undefined : at(out)
  const common = { keys: ['-'], queries: [at('Q.npy')], epsilon: EPSILON, out: file }
  return await withJob({ workers }, (job) => run({ ...common, ...options }, job))
}

export function opened(name: string) {
  const file = openLev(at(name))
  try {
    return universalFrom(file)
  } finally {
    file.close()
  }
}

export const idsOf = (name: string) => [...opened(name).universal.rowIds].sort((a, b) => a - b)
