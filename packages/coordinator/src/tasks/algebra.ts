import { setImmediate } from 'node:timers/promises'
import {
  ALGEBRA_TASK,
  algebraAnswer,
  type AlgebraAnswer,
  algebraHere,
  type AlgebraName,
  algebraRequest,
  type AlgebraTerms,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import type { RunContext } from './run-context.ts'

/** From here on a piece of d x d work takes milliseconds, and seconds where d is near 1000: it is a thread's, where there are any. */
const LONG_DIM = 48

/** A piece of d x d work between passes, the same bits wherever it is done: a part of stage 'reduce' in times and progress. Throws Aborted, WorkerLost. */
export async function algebra<Name extends AlgebraName>(
  { engine, kernels, stats, signal, onProgress }: Omit<RunContext, 'answers'>,
  dim: number,
  name: Name,
  ...terms: AlgebraTerms<Name>
): Promise<AlgebraAnswer<Name>> {
  onProgress?.({ stage: 'reduce', done: 0, total: 1 })
  throwIfAborted(signal)
  const answer = await stats.time('reduce', async () => {
    if (dim < LONG_DIM) return algebraHere(kernels, name, terms)
    if (engine.workerCount > 0)
      return algebraAnswer(name, await engine.run(ALGEBRA_TASK, algebraRequest(name, terms), signal))
    // Without threads others are let in before each piece at least.
    await setImmediate()
    throwIfAborted(signal)
    return algebraHere(kernels, name, terms)
  })
  onProgress?.({ stage: 'reduce', done: 1, total: 1 })
  return answer
}
