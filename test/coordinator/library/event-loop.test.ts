// Catches: a call that does algebra of large matrices in its caller's thread, or copies them there; sums whose bytes depend on who merges
// them. Cannot catch: how long the loop waits on a busy machine (scripts/measure-event-loop.mjs).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { KeySummary, type MatrixSource, type UniversalSet } from '@levattention/core'
import { levattention, type LevAttention, saveUniversalSet } from '@levattention/coordinator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussian, sourceOf } from '../jobs/support.ts'
import { heavyMembers, writeMembers } from '../../core/pairs/crafted-heavy.ts'
import { someOf } from '../../support/tier.ts'

const [N, D, MOST_MS] = [1000, 360, 50]
const keys = sourceOf(gaussian(N, D, 1))
const halves = [0, 1].map((half) => sourceOf(gaussian(N / 2, D, 2 + half)))
const [queries, few] = [sourceOf(gaussian(30, D, 4)), sourceOf(gaussian(D / 2, D, 5))]
const asked = sourceOf(gaussian(5, 400, 11))
const small = sourceOf(gaussian(20, 4, 12))
const [wide, two] = [sourceOf(gaussian(4000, 2048, 13)), sourceOf(gaussian(2, 2048, 14))]
const options = { epsilon: 0.5 }
const isTold = process.platform === 'linux'

const folder = mkdtempSync(join(tmpdir(), 'lev-event-loop-'))
const [setFile, manyFile, heavy, unsorted, compressed] = [
  'u.lev',
  'many.lev',
  'heavy.csv',
  'unsorted.csv',
  'compressed.npz',
].map((name) => join(folder, name))
/** All of many keys are in U: what is done of each number of them takes long. */
const many = sourceOf(gaussian(20_000, 400, 8))
const bytes = new KeySummary({ dim: D, epsilon: 0.5 }).update(gaussian(N, D, 9).data).toBytes()
const LINES = 200_000
let set: UniversalSet

let lev: LevAttention
beforeAll(async () => {
  lev = await levattention({ workers: 1 })
  // The thread starts, and code is compiled.
  await lev.curve(sourceOf(gaussian(50, 3, 6)))
  set = await lev.universalSet(many, { epsilon: 1e-6 })
  await saveUniversalSet(await lev.universalSet(keys, options), setFile)
  await saveUniversalSet(
    await lev.universalSet(sourceOf(gaussian(40_000, 64, 10)), { epsilon: 1e-6 }),
    manyFile,
  )
  const lines = Array.from({ length: LINES }, (_, i) => `${i >> 4},${i & 15},0.05,1\n`)
  writeFileSync(heavy, `query,key,score,dot\n${lines.join('')}`)
  writeFileSync(unsorted, `query,key,score,dot\n${lines.toReversed().join('')}`)
  const pairs = Array.from({ length: LINES }, (_, i) => i)
  writeMembers(
    compressed,
    heavyMembers({
      shape: [LINES / 16, 16],
      data: pairs.map(() => 0.05),
      indices: pairs.map((i) => i & 15),
      indptr: Array.from({ length: LINES / 16 + 1 }, (_, query) => 16 * query),
      dots: pairs.map((i) => i + Math.sin(i)),
      uncertified: [],
    }).map((member) => ({ ...member, method: 8 })),
  )
}, 60_000)
afterAll(async () => {
  await lev.close()
  rmSync(folder, { recursive: true })
})

/** Milliseconds that this thread has worked: other programs and threads do not count. */
const ownMs = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6

/** The most that this thread works between two turns while `work` is under way. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const over = new AbortController()
  let longest = 0
  const watching = (async () => {
    for (let last = ownMs(); !over.signal.aborted;) {
      await turn()
      const now = ownMs()
      longest = Math.max(longest, now - last)
      last = now
    }
  })()
  await work()
  over.abort()
  await watching
  return longest
}

async function drain(batches: AsyncIterable<unknown>): Promise<void> {
  const iterator = batches[Symbol.asyncIterator]()
  while (!(await iterator.next()).done);
}

/** By a library whose threads have not started: a call that is thought to be short has none. */
async function firstVerified(of: MatrixSource, by: MatrixSource): Promise<void> {
  const fresh = await levattention()
  await fresh.verify({ keys: of, queries: by, heavy }, { epsilon: 0.5 })
  await fresh.close()
}

/** Its numbers are tried before its shape is held against the keys'. */
async function shapeRefused(file: string): Promise<void> {
  await expect(lev.verify({ keys: small, heavy: file })).rejects.toThrow('given are 20 queries')
}

const CALLS: Record<string, () => Promise<unknown>> = {
  universalSet: () => lev.universalSet(keys, options),
  'universalSet of few keys': () => lev.universalSet(few, options),
  scores: () => drain(lev.scores(keys)),
  curve: () => lev.curve(keys),
  sample: () => lev.sample(keys, { rows: 20 }),
  heavyAttentions: async () => drain(lev.heavyAttentions(await lev.universalSet(keys, options), queries)),
  merge: async () => {
    const parts = halves.map((half, i) => lev.universalSet(half, { ...options, rowOffset: (i * N) / 2 }))
    return await lev.merge(await Promise.all(parts))
  },
  'merge of a file': () => lev.merge([setFile]),
  'merge of a file of many keys': () => lev.merge([manyFile]),
  'merge of bytes': () => lev.merge([bytes]),
  'liveSummary from bytes': async () => await (await lev.liveSummary({ bytes })).release(),
  'heavyAttentions, all keys in U': () => drain(lev.heavyAttentions(set, asked, { keys: many })),
  'session, all keys in U': async () => await (await lev.session(set, { actors: 1 })).release(),
  saveUniversalSet: () => saveUniversalSet(set, join(folder, 'saved.lev'), { force: true }),
  'verify of a long file': () => lev.verify({ keys: small, heavy }, { epsilon: 0.05 }),
  'verify of wide keys': () => firstVerified(wide, two),
  'verify of lines that are not sorted': () =>
    lev.verify({ keys: small, heavy: unsorted }, { epsilon: 0.05 }),
  'verify of a compressed file': async () => await shapeRefused(compressed),
  attend: () => {
    const heads = { queries, keys, values: keys }
    return drain(lev.attend(heads, { selection: { rule: 'leverage', keep: 20 } }))
  },
}

test.runIf(isTold).each(someOf(Object.entries(CALLS), 8))(
  `%s keeps the loop for less than ${MOST_MS} ms`,
  async (_, call) => {
    const first = await longestBlock(call)
    // A pause of the collector may fall into one run.
    const longest = first < MOST_MS ? first : await longestBlock(call)
    expect(longest).toBeLessThan(MOST_MS)
  },
)

test.each([2, 3])(
  'p = %i: sums that threads merge give the bits of those that this one merges',
  async (p) => {
    const rows = sourceOf(gaussian(9000, 130, 7))
    const powers = { epsilon: 0.2, p }
    const here = await levattention({ workers: 0 })
    const [there, wanted] = [await lev.universalSet(rows, powers), await here.universalSet(rows, powers)]
    await here.close()
    expect(there).toEqual(wanted)
  },
)
