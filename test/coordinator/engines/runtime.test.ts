// Catches: a short job over the keys that starts worker threads where native kernels can share its calls, another that does without
// them, and the library or a count of workers that is overruled. Cannot catch: whether it pays (`levattention bench`).
import { findNative } from '@levattention/core/internal'
import { grantedCores } from '#coordinator/engines/granted-cores'
import { Runtime, type StartOptions } from '#coordinator/engines/runtime'
import { describe, expect, test } from 'vitest'

const isShared = (await findNative()).state === 'built' && grantedCores() > 1
if (!isShared) console.log('skipped: calls that native kernels share, which are not built, or have one core')

/** [worker threads, threads that share a call] of a job of so many seconds, `shared` of them in calls that can be shared. */
async function threadsOf(options: StartOptions, seconds: number, shared: number): Promise<number[]> {
  const runtime = await Runtime.open(options)
  try {
    const { workerCount, kernelThreads = 1 } = await runtime.engine(seconds, shared)
    return [workerCount, kernelThreads]
  } finally {
    await runtime.close()
  }
}

describe.skipIf(!isShared)('native kernels', () => {
  const cores = grantedCores()
  const sharing = Math.min(cores, 4)

  test('share the calls of a short job that is mostly passes over the keys', async () => {
    expect(await threadsOf({}, 1, 0.9)).toEqual([0, sharing])
    expect(await threadsOf({}, 0.1, 0)).toEqual([0, sharing])
  })

  test('leave other and longer jobs to worker threads', async () => {
    expect(await threadsOf({}, 1, 0.4)).toEqual([cores, 1])
    expect(await threadsOf({}, 9, 8.5)).toEqual([cores, 1])
    expect(await threadsOf({}, 3, 1.9)).toEqual([cores, 1])
  })

  test('share nothing where workers are asked for, or a pool stays for the next call', async () => {
    expect(await threadsOf({ workers: 0 }, 1, 0.9)).toEqual([0, 1])
    expect(await threadsOf({ workers: 1 }, 1, 0.9)).toEqual([1, 1])
    expect(await threadsOf({ smallJobSeconds: 0.2 }, 1, 0.9)).toEqual([cores, 1])
    expect(await threadsOf({ kernels: 'wasm' }, 0.1, 0.1)).toEqual([0, 1])
  })
})
