import { totalmem } from 'node:os'
import { counted, LevError } from '@levattention/core/internal'
import type { Engine } from '../engines/engine.ts'

/** With fewer columns a matrix [d, d] is nothing beside the process. */
const LARGE_DIM = 1024
/** Node, its threads and the rows that stream through them. */
const PROCESS_BYTES = 300 * 2 ** 20
/** Matrices [d, d] that a job holds at most, and those of each thread more: counted, docs/cli.md "Many columns". */
const [MATRICES, MATRICES_A_THREAD] = [18, 1]

/** Bytes of the matrices [d, d] of a job over keys of `dim` columns on `workerCount` threads, at most. */
export function matrixBytes(dim: number, workerCount: number): number {
  return 8 * dim * dim * (MATRICES + MATRICES_A_THREAD * workerCount)
}

/** Bytes that such a job holds at most, but for the keys that it keeps. */
export function memoryOf(dim: number, workerCount: number): number {
  return PROCESS_BYTES + matrixBytes(dim, workerCount)
}

/** What this process may hold: a cgroup's limit, or the machine's memory. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem()
}

/** Throws SystemLimit where keys of `dim` columns take more memory than this process may ever have: before hours of work, not after. */
export function requireMemory(
  dim: number,
  { workerCount }: Pick<Engine, 'workerCount'>,
  limit = memoryLimit(),
): void {
  const needed = memoryOf(dim, workerCount)
  if (dim <= LARGE_DIM || needed <= limit) return
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
  const remedy =
    memoryOf(dim, 1) <= limit
      ? `one worker takes ${gigabytes(memoryOf(dim, 1))}`
      : 'take a machine with more, or fewer columns'
  const message = `keys of ${counted(dim, 'column')} take ${gigabytes(needed)} of memory with ${counted(workerCount, 'thread')}, and this process may have ${gigabytes(limit)}: ${remedy}`
  throw new LevError('SystemLimit', message)
}
