// Catches: queries from a pipe that are searched otherwise than those of a file, in any format; a temporary file that they leave; a pipe
// that is read where nothing may come from it. Cannot catch: how a shell's pipe ends (test/advice types one).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { query } from '#coordinator/jobs/query'
import { withJob } from '#coordinator/job/job'
import { expect, test } from 'vitest'
import { asRaw, at, built, EPSILON, piped, queries, ran, raw, useFolder } from './stream-support.ts'
import { rejection } from './support.ts'

useFolder()

const csv = Array.from({ length: queries.rows }, (_, row) =>
  [...queries.data.subarray(row * queries.cols, (row + 1) * queries.cols)].join(','),
).join('\n')

/** Each with the options that say how it is read. */
const forms: readonly [string, () => Uint8Array, object][] = [
  ['.npy', () => readFileSync(at('Q.npy')), {}],
  ['raw numbers', () => raw(queries), asRaw],
  ['CSV', () => Buffer.from(csv), { header: 'no' }],
]

test.each(forms)('%s through a pipe gives the pairs of the file', async (_, bytes, options) => {
  mkdirSync(at('tmp'))
  const [keys, piping] = [
    [at('K.npy')],
    { queries: ['-'], stdin: piped(bytes()), tmp: at('tmp'), ...options },
  ]
  await ran({ keys }, 'file.npz')
  const summary = await ran({ keys, ...piping }, 'pipe.npz')
  expect(readFileSync(at('pipe.npz'))).toEqual(readFileSync(at('file.npz')))
  expect(summary.inputs).toMatchObject([{ path: at('K.npy') }, { path: '-', rows: queries.rows }])

  await built({ keys }, 'u.lev')
  const search = async (of: object, out: string) =>
    await withJob({ workers: 0 }, (job) =>
      query(
        { universal: at('u.lev'), keys: [], queries: [at('Q.npy')], epsilon: EPSILON, out: at(out), ...of },
        job,
      ),
    )
  await search({}, 'query-file.npz')
  await search({ ...piping, stdin: piped(bytes()) }, 'query-pipe.npz')
  expect(readFileSync(at('query-pipe.npz'))).toEqual(readFileSync(at('query-file.npz')))
  expect(readdirSync(at('tmp'))).toEqual([])
})

test('no bytes, a .npz and bad numbers are refused, and nothing is left', async () => {
  mkdirSync(at('tmp'))
  const refused = async (bytes: Uint8Array, options: object = {}) => {
    const piping = { keys: [at('K.npy')], queries: ['-'], stdin: piped(bytes), tmp: at('tmp'), ...options }
    return (await rejection(ran(piping, 'h.npz'), 'Content')).message
  }
  expect(await refused(new Uint8Array(0))).toContain('no bytes came')
  writeFileSync(at('empty.npz'), 'PK\x05\x06'.padEnd(22, '\0'))
  expect(await refused(readFileSync(at('empty.npz')))).toContain('name the file instead')
  expect(await refused(Buffer.from(csv.replace('\n', '\nx')), { header: 'no' })).toContain("is 'x")
  expect(readdirSync(at('tmp'))).toEqual([])
  expect(readdirSync(at('.'))).not.toContain('h.npz')
})
