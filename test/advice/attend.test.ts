// Catches: a line that a message of attend tells people to type, and that is refused in its turn. Cannot catch: advice in plain
// words.
import { runInThisContext } from 'node:vm'
import { attend, type AttendOptions, isLevError } from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { told, typedAs } from '../support/advice/typed.ts'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())

beforeAll(() => {
  work.npy('K.npy', [12, 4], gaussianRows(12, 4, 1))
  work.npy('Q.npy', [9, 4], gaussianRows(9, 4, 2))
  work.npy('P.npy', [196, 4], gaussianRows(196, 4, 4))
  work.npy('H.npy', [2, 12, 4], gaussianRows(24, 4, 3))
})

let files = 0
const inputs = ['attend', '--queries', 'K.npy', '--keys', 'K.npy', '--values', 'K.npy']
const few = ['attend', '--queries', 'Q.npy', '--keys', 'K.npy', '--values', 'K.npy']
const out = () => ['--out', `O${files++}.npy`]

test.each<[args: string[], spans: string[], wrong?: number, count?: number]>([
  [[...inputs, '--keep', '3', '--local', '1', '--grid', '3x3'], ['--prefix-tokens 3']],
  [[...inputs, '--keep', '3', '--local', '1', '--grid', '2by6'], ['--grid 14x14']],
  [[...inputs, '--keep', '3', '--prefix-tokens', '2'], ['--grid 14x14']],
  [
    [...few, '--keep', '3', '--causal'],
    ['--query-start 0', '--query-start 3'],
  ],
  [[...inputs, '--keep', '3', '--sliding-window', '2'], ['--causal']],
  [[...inputs, '--keep', '3', '--p', '2'], ['--attention power']],
  [[...inputs, '--keep', '3', '--scale', '0'], ['--scale 1'], 9, 2],
])('%j is told what to type', async (args, spans, wrong, count) => {
  const found = await told(work, ...args, ...out())
  expect(found).toEqual({ exitCode: 2, spans })
  for (const span of spans) {
    // Of an image of 14 x 14 cells.
    const ofImage = args.map((word) => (word === 'K.npy' ? 'P.npy' : word))
    const isGrid = span.startsWith('--grid')
    await typedAs(
      work,
      span,
      [...(isGrid ? [...ofImage.slice(0, 9), '--local', '1'] : args), ...out()],
      wrong,
      count,
    )
  }
})

test('a file to write to, and heads', async () => {
  const args = [...inputs, '--full']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([2, ['--out O.npy']])
  await typedAs(work, spans[0], args)
  for (const [option, wrong, right] of [
    ['--out', 'O.npz', '--out O.npy'],
    ['--lse', 'L.txt', '--lse L.npy'],
    ['--selected', 'S.csv', '--selected S.npz'],
  ]) {
    const rest = option === '--out' ? args : [...args, ...out()]
    const named = await told(work, ...rest, option, wrong)
    expect(named).toEqual({ exitCode: 2, spans: [right] })
    await typedAs(work, right, option === '--out' ? [...args, '--force'] : rest)
  }
  const heads = ['attend', '--queries', 'H.npy', '--keys', 'H.npy', '--values', 'H.npy', '--full']
  const asked = await told(work, ...heads, '--layout', 'hnd', ...out())
  expect(asked).toEqual({ exitCode: 2, spans: ['--heads all'] })
  await typedAs(work, asked.spans[0], [...heads, '--layout', 'hnd', ...out()])
})

describe('options by their names in the library', () => {
  const dense = (rows: number, seed: number) => ({ rows, cols: 4, data: gaussianRows(rows, 4, seed) })
  const head = { queries: dense(9, 1), keys: dense(12, 2), values: dense(12, 3) }
  const kept = { rule: 'leverage', keep: 3 } as const

  function spansOf(options: AttendOptions): string[] {
    try {
      attend(head, options)
    } catch (error) {
      if (isLevError(error, 'Option')) return codeSpans(error.message)
      throw error
    }
    throw new Error('nothing was refused')
  }

  /** The options that `span` adds to a call. */
  const typed = (span: string) => runInThisContext(`({ ${span} })`) as object

  test.each<[options: AttendOptions, spans: string[]]>([
    [{ causal: true, selection: kept }, ['queryStart: 0', 'queryStart: 3']],
    [{ slidingWindow: 2, queryStart: 0, selection: kept }, ['causal: true']],
    [{ scale: 0, selection: kept }, ['scale: 1']],
    [{ p: 3, selection: { full: true } }, [`attention: 'power'`]],
    [{ attention: 'power', p: 3, selection: kept }, ['p: 2']],
  ])('%j', (options, spans) => {
    expect(spansOf(options)).toEqual(spans)
    for (const span of spans) {
      expect(attend(head, { ...options, ...typed(span) }).lse).toHaveLength(9)
      ran(span)
    }
  })

  test('a selection, where there is none', () => {
    const [span, ...others] = spansOf({} as AttendOptions)
    expect(others).toEqual([])
    const tall = { queries: dense(9, 1), keys: dense(40, 2), values: dense(40, 3) }
    expect(attend(tall, typed(span) as AttendOptions).keyIds).toHaveLength(32)
    ran(span)
  })

  test('the prefix that fits a grid', () => {
    const grid = { height: 3, width: 3 }
    const [span, ...others] = spansOf({ selection: { ...kept, local: 1, grid } })
    expect([span, others]).toEqual(['prefixTokens: 3', []])
    const options = { selection: { ...kept, local: 1, grid: { ...grid, ...typed(span) } } }
    expect(attend(head, options).lse).toHaveLength(9)
    ran(span)
  })
})
