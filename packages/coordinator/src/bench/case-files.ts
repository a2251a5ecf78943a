import { join } from 'node:path'
import { commandPath } from '../engines/package-files.ts'
import { withTemporaryFolder } from '../files/temporary-folder.ts'
import type { BenchCase } from './bench-case.ts'
import { runProcess } from './run-process.ts'

/** Inputs of a case, .npy of float32; outputs go beside them. */
export interface CaseFiles {
  readonly folder: string
  readonly keys: string
  readonly queries: string
  /** Of `attend`, [n, d]. */
  readonly values: string
}

/**
 * Makes the inputs of `one` in a folder that is removed when `work` ends: planted keys and queries, of softmax Gaussian ones.
 * Throws Aborted, CannotWrite, SystemLimit.
 */
export async function withCaseFiles<T>(
  one: BenchCase,
  tmp: string | undefined,
  signal: AbortSignal | undefined,
  work: (files: CaseFiles) => Promise<T>,
): Promise<T> {
  return await withTemporaryFolder(tmp, async (folder) => {
    const isPlanted = one.kind === 'heavy' || one.kind === 'scores'
    const inputs = join(folder, 'inputs')
    await generate({ ...one, seed: 1, out: inputs, ...(isPlanted ? {} : { planted: 0 }) }, signal)
    const others = join(folder, 'values')
    if (one.kind === 'attend')
      await generate({ n: one.n, d: one.d, m: 0, seed: 2, out: others, planted: 0 }, signal)
    return await work({
      folder,
      keys: join(inputs, 'K.npy'),
      queries: join(inputs, 'Q.npy'),
      values: join(others, 'K.npy'),
    })
  })
}

interface Planted {
  readonly n: number
  readonly d: number
  readonly m: number
  readonly seed: number
  readonly planted?: number
  readonly out: string
}

/** In a process of its own, whose memory goes with it. */
async function generate({ n, d, m, seed, planted, out }: Planted, signal?: AbortSignal): Promise<void> {
  const sizes = { n, d, m, seed, ...(planted !== undefined && { planted }) }
  const words = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, `${value}`])
  const args = [commandPath(), 'generate', 'planted', '--out', out, ...words, '--quiet']
  await runProcess({ program: process.execPath, args }, signal)
}
