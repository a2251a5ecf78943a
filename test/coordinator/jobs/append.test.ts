// Catches: an earlier .lev that new rows are added to wrongly, of other terms or rows that are not refused, an output after a
// failure. Cannot catch: a stream that is wrong by itself (stream.test.ts).
import { readFileSync } from 'node:fs'
import { query as search } from '#coordinator/jobs/query'
import type { BuildOptions } from '#coordinator/jobs/build'
import { withJob } from '#coordinator/job/job'
import { describe, expect, test } from 'vitest'
import { gaussian, namesIn, rejection, writeMatrix } from './support.ts'
import {
  n,
  EPSILON,
  keys,
  folder,
  at,
  useFolder,
  part,
  piped,
  raw,
  asRaw,
  built,
  opened,
  idsOf,
} from './stream-support.ts'

useFolder()

describe('--append', () => {
  const cut = 5000

  test.each(['stream', 'file'])('of a %s to either kind of .lev has the U of all rows', async (second) => {
    await built({ keys: [at('K.npy')] }, 'all.lev')
    writeMatrix(at('first.npy'), part(keys, 0, cut))
    writeMatrix(at('second.npy'), part(keys, cut, n))
    await built({ keys: [at('first.npy')] }, 'from-file.lev')
    await built({ stdin: piped(readFileSync(at('first.npy'))) }, 'from-stream.lev')
    for (const first of ['from-file', 'from-stream']) {
      const more =
        second === 'file'
          ? { keys: [at('second.npy')] }
          : { keys: ['-'], stdin: piped(readFileSync(at('second.npy')), 4) }
      const summary = await built(
        { ...more, epsilon: undefined, append: at(`${first}.lev`) },
        `${first}-2.lev`,
      )
      expect(summary).toMatchObject({ n, epsilon: EPSILON })
      expect(summary.inputs.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
        [0, cut],
        [cut, n - cut],
      ])
      expect(idsOf(`${first}-2.lev`)).toEqual(idsOf('all.lev'))
      const { origin, state } = opened(`${first}-2.lev`)
      expect(origin.ranges).toEqual([{ rowStart: 0, rowEnd: n }])
      expect(state.triangular !== undefined).toBe(first === 'from-stream' && second === 'stream')
      // The keys are known again by their sums.
      const out = { out: at(`${first}.ndjson`), universal: at(`${first}-2.lev`) }
      await withJob({ workers: 0 }, (job) =>
        search({ ...out, queries: [at('Q.npy')], keys: [at('K.npy')] }, job),
      )
    }
  })

  test('again and again is one stream', async () => {
    const edges = [0, 10, 3000, 7100, n]
    await built({ stdin: piped(raw(part(keys, 0, 10))), ...asRaw }, 'u0.lev')
    for (let i = 1; i < 4; i++) {
      const more = piped(raw(part(keys, edges[i], edges[i + 1])))
      await built({ stdin: more, ...asRaw, append: at(`u${i - 1}.lev`) }, `u${i}.lev`)
    }
    await built({ keys: [at('K.npy')] }, 'all.lev')
    expect(idsOf('u3.lev')).toEqual(idsOf('all.lev'))
  })

  test('in front of the earlier rows', async () => {
    await built({ stdin: piped(raw(part(keys, cut, n))), ...asRaw, rowOffset: cut }, 'late.lev')
    await built(
      { stdin: piped(raw(part(keys, 0, cut))), ...asRaw, append: at('late.lev'), rowOffset: 0 },
      'u.lev',
    )
    await built({ keys: [at('K.npy')] }, 'all.lev')
    expect(idsOf('u.lev')).toEqual(idsOf('all.lev'))
  })

  test('of other terms or rows is refused, naming both', async () => {
    await built({ keys: [at('K.npy')] }, 'u.lev')
    const append = at('u.lev')
    const refused = async (options: Partial<BuildOptions>, tag: Parameters<typeof rejection>[1]) =>
      (await rejection(built({ append, ...options }, 'no.lev'), tag)).message
    const stdin = piped(raw(keys))
    const other = await refused({ stdin, ...asRaw, epsilon: 0.5 }, 'Option')
    expect(other).toContain('0.5')
    expect(other).toContain(String(EPSILON))
    expect(await refused({ keys: [at('K.npy')], rowOffset: 8999 }, 'IncompatibleSummary')).toContain(
      'rows 8999 to 8999',
    )
    expect(await refused({ stdin, ...asRaw, rowOffset: 8999 }, 'IncompatibleSummary')).toContain(
      'rows 8999 to 8999',
    )
    writeMatrix(at('narrow.npy'), gaussian(10, 3))
    for (const options of [{ keys: [at('narrow.npy')] }, { stdin: piped(readFileSync(at('narrow.npy'))) }]) {
      const message = await refused(options, 'Content')
      expect(message).toContain('3 columns')
      expect(message).toContain('have 5')
    }
    expect(await refused({ keys: [at('K.npy')], epsilon: undefined, keep: 5 }, 'Option')).toContain('--keep')
    expect(namesIn(folder)).not.toContain('no.lev')
  })
})
