// Catches: a summary that counts threads which shared nothing: none was needed, or the system refused them; a refusal that nobody is told of.
// Cannot catch: how much of a call each of them did.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { findNative, kernelTeam } from '@levattention/core/internal'
import { grantedCores } from '#coordinator/engines/granted-cores'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { jsonHere, runHere } from '../coordinator/cli/in-process.ts'
import { hasTools } from './tools.ts'

const found = await findNative({})
const cores = Math.min(grantedCores(), 4)
const isShared = found.state === 'built' && cores > 1
if (!isShared)
  console.log('skipped: threads that share calls; native kernels are not built, or have one core')

const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('few.npy', [7, 3], gaussianRows(7, 3, 1, 5))
  work.npy('K.npy', [20_000, 64], gaussianRows(20_000, 64, 1, 5))
})

/** Refuses threads that are never joined, as the addon's are and Node's are not. */
const REFUSING = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
typedef int (*Create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  int state = 0;
  if (attributes != 0 && pthread_attr_getdetachstate(attributes, &state) == 0 && state == PTHREAD_CREATE_DETACHED) return EAGAIN;
  return ((Create)dlsym(RTLD_NEXT, "pthread_create"))(thread, attributes, start, argument);
}
`

describe.skipIf(!isShared)('threads that share calls', () => {
  test('count where they were started', async () => {
    const summary = await jsonHere(work, 'scores', 'K.npy', '--out', 'tau.npy', '--force')
    expect(summary).toMatchObject({ kernels: 'native', workers: 0, kernelThreads: cores, warnings: [] })
    if (found.state !== 'built') return
    const { asked, helpers, refusal } = kernelTeam(found.choice)
    expect(asked).toBeGreaterThan(0)
    expect(helpers).toBeGreaterThanOrEqual(cores - 1)
    expect(refusal).toBeUndefined()
  })

  test('do not where no call was worth sharing, also after one that was', async () => {
    const summary = await jsonHere(work, 'scores', 'few.npy', '--out', 'tau.npy', '--force')
    expect(summary).toMatchObject({ kernels: 'native', workers: 0, warnings: [] })
    expect(summary).not.toHaveProperty('kernelThreads')
    const { stderr } = await runHere(work, 'scores', 'few.npy', '--out', 'tau.npy', '--force')
    expect(stderr).toMatch(/ in one thread, native kernels/)
  })

  test.runIf(process.platform === 'linux' && hasTools())(
    'are told where the system refuses them',
    async () => {
      writeFileSync(work.path('refuse.c'), REFUSING)
      const library = work.path('refuse.so')
      execFileSync('cc', ['-shared', '-fPIC', '-o', library, work.path('refuse.c'), '-ldl'])
      const env = { LD_PRELOAD: library }
      const args = ['scores', 'K.npy', '--out', 'tau.npy', '--force', '--json']
      const { exitCode, stdout } = await ended(work.start(args, { env }))
      const summary = JSON.parse(stdout) as Record<string, unknown>
      expect(exitCode).toBe(0)
      expect(summary).not.toHaveProperty('kernelThreads')
      const message =
        'the system starts no more threads (EAGAIN; ulimit -u): the run takes the thread that it has, to the same bytes'
      expect(summary['warnings']).toEqual([{ code: 'fewer-workers', message }])
    },
  )
})
