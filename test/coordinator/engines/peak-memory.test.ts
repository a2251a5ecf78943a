// Catches: a peak that holds the memory of the program which started the command. Cannot catch: a peak that is too low by
// what the system does not count.
import { existsSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { ended, gaussianRows, Workspace } from '../cli/bin.ts'

const work = new Workspace()
afterAll(() => work.remove())

test.skipIf(!existsSync('/proc/self/status'))(
  'the peak is that of the command, not of the program that started it (skipped without /proc)',
  async () => {
    work.npy('K.npy', [100, 4], gaussianRows(100, 4, 1))
    const mine = Buffer.alloc(400 * 2 ** 20, 1)
    const { exitCode, stdout } = await ended(work.start(['curve', 'K.npy', '--json', '--quiet']))
    expect({ exitCode, held: mine.at(-1) }).toEqual({ exitCode: 0, held: 1 })
    const { peakMemoryBytes } = JSON.parse(stdout) as { peakMemoryBytes: number }
    expect(peakMemoryBytes).toBeGreaterThan(30 * 2 ** 20)
    expect(peakMemoryBytes).toBeLessThan(300 * 2 ** 20)
  },
)
