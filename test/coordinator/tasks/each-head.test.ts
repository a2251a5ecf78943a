// Catches: more heads under way than there are threads, results or warnings out of order, a failure after which others go on or
// which hides behind a later one. Cannot catch: heads whose bytes depend on their neighbours (same-bytes.test.ts).
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '#coordinator/engines/engine'
import { eachHead } from '#coordinator/tasks/each-head'
import type { Progress } from '#coordinator/tasks/progress'
import { type RunContext, RunStats } from '#coordinator/tasks/run-context'
import { describe, expect, test } from 'vitest'

const heads = Array.from({ length: 20 }, (_, head) => head)

function contextOf(workerCount: number, told: Progress[] = []): RunContext {
  const engine = { workerCount } as Engine
  const context = { engine, signal: undefined, stats: new RunStats() }
  return { ...context, onProgress: (one: Progress) => told.push(one) } as unknown as RunContext
}

describe.each([0, 1, 3, 50])('on %i threads', (workerCount) => {
  test('all come in order, no more at a time than there are threads', async () => {
    const told: Progress[] = []
    const context = contextOf(workerCount, told)
    let [underWay, most] = [0, 0]
    const found = await eachHead(heads, context, async (head, { stats, onProgress }) => {
      most = Math.max(most, ++underWay)
      // The later ones end first.
      await sleep(20 - head)
      stats.warn('same', `of head ${head}`)
      stats.bytesRead += head
      onProgress?.({ stage: 'map', done: 1, total: 1 })
      underWay--
      return 2 * head
    })
    expect(found).toEqual(heads.map((head) => 2 * head))
    expect(most).toBe(Math.min(20, Math.max(1, workerCount)))
    expect(context.stats).toMatchObject({
      bytesRead: 190,
      warnings: [{ code: 'same', message: 'of head 0' }],
    })
    expect(told).toEqual(heads.map((head) => ({ stage: 'head', done: head + 1, total: 20 })))
  })

  test('the first that fails stops the others, which are waited for', async () => {
    const started: number[] = []
    const ended: number[] = []
    const failing = eachHead(heads, contextOf(workerCount), async (head, { signal }) => {
      started.push(head)
      await sleep(head === 2 ? 5 : 1)
      if (head === 2 || head === 3) throw new Error(`head ${head}`)
      if (signal) setMaxListeners(0, signal)
      if (head > 3) await sleep(10_000, undefined, { signal }).catch(() => undefined)
      ended.push(head)
    })
    await expect(failing).rejects.toThrow('head 2')
    expect(ended.length).toBe(started.filter((head) => head !== 2 && head !== 3).length)
    expect(started.length).toBeLessThanOrEqual(Math.max(3, 3 + workerCount))
  })
})
