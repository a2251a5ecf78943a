// Catches: a line that a message about softmax tells people to type, and that is refused in its turn. Cannot catch: advice in plain
// words.
import { levattention } from '@levattention/coordinator'
import { matrix } from '@levattention/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())

beforeAll(() => {
  work.npy('K.npy', [40, 3], gaussianRows(40, 3, 1))
  work.npy('Q.npy', [10, 3], gaussianRows(10, 3, 2))
})

/** The spans that the message of `args` has between backticks. */
async function spansOf(...args: string[]): Promise<string[]> {
  const { stderr, exitCode } = await runHere(work, 'run', ...args)
  expect(exitCode).toBe(2)
  return [...stderr.replaceAll(/\s+/g, ' ').matchAll(/`([^`]+)`/g)].map(([, span]) => span)
}

const both = ['--keys', 'K.npy', '--queries', 'Q.npy', '--attention', 'softmax']

test.each<[string, string[], string[], string[]]>([
  ['an option of softmax alone', both.slice(0, 4), ['--top', '2'], ['--attention softmax']],
  ['a scale of 0', both, ['--scale', '0'], ['--scale 1']],
  ['queries that are not as many as the keys', both, ['--causal'], ['--query-start 0', '--query-start 30']],
  ['a window that is not causal', both, ['--sliding-window', '4', '--query-start', '0'], ['--causal']],
  ['rows that are no range', both, ['--key-rows', '5'], ['--key-rows 0:512']],
  ['more rows than there are keys', both, ['--key-rows', '5:41'], ['--key-rows 0:40']],
  ['more rows than there are queries', both, ['--query-rows', '5:11'], ['--query-rows 0:10']],
])('%s: what is told to be typed is taken', async (_, args, wrong, spans) => {
  expect(await spansOf(...args, ...wrong)).toEqual(spans)
  for (const span of spans) {
    const typed = span === '--key-rows 0:512' ? ['--key-rows', '0:5'] : span.split(' ')
    const isInstead = typed.length > 1 && wrong[0] === typed[0]
    const { exitCode, stderr } = await runHere(work, 'run', ...args, ...(isInstead ? [] : wrong), ...typed)
    expect(exitCode, stderr).toBe(0)
    ran(span)
  }
})

const shape = { rows: 40, cols: 3 }
const keys = matrix(gaussianRows(40, 3, 1), shape)
const queries = matrix(gaussianRows(10, 3, 2), { rows: 10, cols: 3 })

test.each<[object, readonly (readonly [string, object])[]]>([
  [{ scale: 0 }, [['scale: 1', { scale: 1 }]]],
  [
    { causal: true },
    [
      ['queryStart: 0', { causal: true, queryStart: 0 }],
      ['queryStart: 30', { causal: true, queryStart: 30 }],
    ],
  ],
  [{ slidingWindow: 4 }, [['causal: true', { slidingWindow: 4, queryStart: 0, causal: true }]]],
])('lev.softmaxPairs %o: what is told to be given is taken', async (options, instead) => {
  const lev = await levattention({ workers: 0 })
  const all = async (given: object) => {
    for await (const _ of lev.softmaxPairs({ queries, keys }, given));
  }
  const message = await all(options).then(
    () => '',
    (error: Error) => error.message,
  )
  for (const [span, given] of instead) {
    expect(message).toContain(`\`${span}\``)
    await all(given)
    ran(span)
  }
  await lev.close()
})
