import { join } from 'node:path'
import { isLevError } from '@levattention/core/internal'
import { peerPath } from '../engines/package-files.ts'
import { withTemporaryFolder } from '../files/temporary-folder.ts'
import type { FoundPeers, Skipped } from './find-peers.ts'
import { pythonLine } from './peer-contenders.ts'
import { runProcess } from './run-process.ts'

/** What the machine gives at the most, all threads together: operations and bytes a second. */
export interface Ceilings {
  /** A C program's loops, or NumPy's products of matrices where there is no compiler. */
  readonly by: 'cc' | 'numpy'
  readonly threads: number
  readonly f64Flops: number
  readonly f32Flops: number
  /** Read from memory. */
  readonly streamBytes: number
  /** Read of a file in the page cache, into a buffer. */
  readonly readBytes?: number
}

/** Ceilings of one thread and of `threads`, the second part of what NumPy's BLAS reaches; `file`: any large one. */
export async function measureCeilings(
  found: FoundPeers,
  { threads, file, signal }: { threads: number; file: string; signal: AbortSignal | undefined },
): Promise<{ ceilings: Ceilings[]; skipped: Skipped[] }> {
  const counts = threads === 1 ? [1] : [1, threads]
  const ceilings: Ceilings[] = []
  const skipped: Skipped[] = []
  const attempt = async (what: string, measure: () => Promise<void>) => {
    try {
      await measure()
    } catch (error) {
      if (!isLevError(error, 'SystemLimit')) throw error
      skipped.push({ what, why: error.message })
    }
  }
  if (found.cc === undefined)
    skipped.push({ what: 'the machine’s own ceilings', why: 'no C compiler (cc) is here' })
  else
    await attempt(
      'the machine’s own ceilings',
      async () => void ceilings.push(...(await byCompiler(counts, file, signal))),
    )
  if (found.numpy !== undefined)
    await attempt('NumPy’s products of matrices', async () => {
      for (const count of counts) {
        const { stdout } = await runProcess(pythonLine([found.python, 1, 'ceilings.py', `${count}`]), signal)
        ceilings.push(JSON.parse(stdout) as Ceilings)
      }
    })
  return { ceilings, skipped }
}

async function byCompiler(
  counts: readonly number[],
  file: string,
  signal: AbortSignal | undefined,
): Promise<Ceilings[]> {
  return await withTemporaryFolder(undefined, async (folder) => {
    const program = join(folder, 'ceilings')
    const flags = ['-O3', '-march=native', '-pthread', peerPath('ceilings.c'), '-o', program]
    await runProcess({ program: 'cc', args: flags }, signal)
    const found: Ceilings[] = []
    for (const count of counts) {
      const { stdout } = await runProcess({ program, args: [`${count}`, file] }, signal)
      found.push(JSON.parse(stdout) as Ceilings)
    }
    return found
  })
}
