/**
 * Catches: counts of padded heads that do not say of what they are: of all rows where a mask hides some, of batches where queries are
 * counted by head. Cannot catch: masks that hide other rows than were meant; masks.test.ts of the inputs does.
 */
import { writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [batches, heads, n, d] = [2, 2, 100, 8]
/** Of each batch. */
const SEEN = [100, 40]
const HEADS = ['--keys', 'K.npy', '--heads', 'all', '--layout', 'bhnd', '--key-mask', 'pad.npy'] as const

beforeAll(() => {
  work.npy('K.npy', [batches, heads, n, d], gaussianRows(batches * heads * n, d, 3))
  const seen = Uint8Array.from({ length: batches * n }, (_, i) => (i % n < SEEN[Math.floor(i / n)] ? 1 : 0))
  writeFileSync(work.path('pad.npy'), Buffer.concat([npyHeader('|u1', [batches, n]), seen]))
})

test('|U| is held against the keys that are seen', async () => {
  const summary = await jsonHere(work, 'run', ...HEADS, '--epsilon', '0.13', '--out', 'r', '--force')
  const each = summary.heads as { universalSize: number; keysSeen: number }[]
  expect(each.map(({ keysSeen }) => keysSeen)).toEqual([100, 100, 40, 40])
  expect(summary.hiddenBatches).toBe(2)
  const large = each.filter(({ universalSize, keysSeen }) => universalSize > keysSeen / 2).length
  expect(large).toBe(2)
  const { stderr } = await runHere(work, 'build', ...HEADS, '--epsilon', '0.13', '--out', 'b')
  const told = stderr.replaceAll(/\s+/g, ' ')
  expect(told).toContain(
    `in ${large} of 4 heads the universal set holds more than half of the keys that are seen`,
  )
  expect(told).toContain('60 keys masked in 2 batches together')
  expect(told).toContain('of keys seen')
})

test('attend over every key says so once', async () => {
  const args = ['attend', ...HEADS, '--queries', 'K.npy', '--values', 'K.npy', '--out', 'o.npy'] as const
  const { stderr } = await runHere(work, ...args, '--full')
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('over 70 of 100 keys each, on average over queries')
  expect(stderr).not.toContain('keys kept')
  const kept = await runHere(work, ...args, '--epsilon', '0.1', '--force')
  expect(kept.stderr).toContain('on average over the heads of keys')
})
