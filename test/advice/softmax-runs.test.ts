// Catches: an option that a message of `run --attention softmax` or of its verification tells people to type, and that is refused in
// its turn. Cannot catch: advice in plain words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { told, typedAs } from '../support/advice/typed.ts'

countAdvice(import.meta.url)
const work = new Workspace()
const [n, d] = [600, 4]
afterAll(() => work.remove())
beforeAll(async () => {
  const keys = gaussianRows(n, d, 1)
  work.npy('K.npy', [n, d], keys)
  work.npy('late.npy', [10, d], keys.subarray(0, 10 * d))
  const both = ['--keys', 'K.npy', '--queries', 'K.npy', '--epsilon', '0.01', '--out', 'h.csv', '--quiet']
  expect(await runHere(work, 'run', '--attention', 'softmax', ...both)).toMatchObject({ exitCode: 0 })
})

const RUN = ['run', '--attention', 'softmax', '--keys', 'K.npy', '--queries']
const VERIFY = ['verify', '--keys', 'K.npy', '--queries', 'K.npy', '--heavy', 'h.csv']

/** What is typed, where in it the wrong words stand and how many they are, and each span of the message. */
describe.each<{ args: string[]; wrong?: number; count?: number; spans: string[] }>([
  { args: [...RUN, 'late.npy', '--causal'], spans: ['--query-start 0', '--query-start 590'] },
  { args: [...RUN, 'K.npy', '--scale', '0'], wrong: 7, count: 2, spans: ['--scale 1'] },
  { args: [...RUN, 'K.npy', '--sliding-window', '5'], spans: ['--causal'] },
  { args: [...RUN, 'late.npy', '--query-start', '590'], spans: ['--causal'] },
  { args: [...RUN, 'K.npy', '--key-rows', '5'], wrong: 7, count: 2, spans: ['--key-rows 0:512'] },
  { args: ['run', ...RUN.slice(3), 'K.npy', '--top', '3'], spans: ['--attention softmax'] },
  { args: ['plan', '--estimate', '--attention', 'softmax', '--n', '500', '--d', '4'], spans: ['--m 1000'] },
  {
    args: ['plan', '--estimate', '--n', '500', '--d', '4', '--m', '9', '--top', '3'],
    spans: ['--attention softmax'],
  },
  { args: [...VERIFY, '--attention', 'softmax'], spans: ['--epsilon 0.01'] },
])('$args', ({ args, wrong, count, spans }) => {
  test('what it is told is done', async () => {
    const found = await told(work, ...args)
    expect(found).toEqual({ exitCode: 2, spans })
    for (const span of spans) await typedAs(work, span, args, wrong, count)
  })
})

test('and so it is where its epsilon is given: its pairs are others than those of |q.k|^p', async () => {
  const { exitCode, stdout } = await runHere(work, 'verify', ...VERIFY.slice(1), '--epsilon', '0.01')
  expect([exitCode, codeSpans(stdout)]).toEqual([1, ['--attention softmax']])
  await typedAs(work, '--attention softmax', [...VERIFY, '--epsilon', '0.01'])
})

test('a .csv of softmax that nobody says to be so is told of its attention', async () => {
  const { exitCode, spans } = await told(work, ...VERIFY)
  expect([exitCode, spans]).toEqual([2, ['--epsilon 0.01', '--attention softmax']])
  await typedAs(work, spans[1], [...VERIFY, '--epsilon', '0.01'])
})
