// Catches: a job of many columns that is begun where memory cannot hold it, one of few that is refused, a message without its numbers or a
// way out. Cannot catch: a job that takes more than it is said to (measured: docs/cli.md "Many columns").
import { memoryOf, requireMemory } from '#coordinator/tasks/require-memory'
import { expect, test } from 'vitest'

const GB = 1e9

test('memory grows with d² and threads', () => {
  expect(memoryOf(4096, 2)).toBeGreaterThan(2.5 * GB)
  expect(memoryOf(4096, 2)).toBeLessThan(3.5 * GB)
  expect(memoryOf(4096, 8) - memoryOf(4096, 2)).toBe(6 * 8 * 4096 ** 2)
})

test('what fits, and few columns anywhere, is not refused', () => {
  requireMemory(4096, { workerCount: 2 }, 4 * GB)
  requireMemory(1024, { workerCount: 64 }, GB / 10)
})

test('what does not fit is refused with what it takes, what there is, and a way out', () => {
  expect(() => requireMemory(4096, { workerCount: 16 }, 3.5 * GB)).toThrow(
    /4096 columns take 4\.9 GB of memory with 16 threads, and this process may have 3\.5 GB: one worker takes 2\.9 GB/,
  )
  expect(() => requireMemory(4096, { workerCount: 2 }, GB)).toThrow(
    /take a machine with more, or fewer columns/,
  )
})
