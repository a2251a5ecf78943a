// Catches: a public call that meets a wrong, missing or foreign argument, or field of one, with another error than a LevError, with
// words of the command's, or with 'undefined' in its sentence. Cannot catch: a wrong argument that is taken for a right one
// (test/coordinator/library).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { levattention, saveUniversalSet } from '@levattention/coordinator'
import * as core from '@levattention/core'
import { afterAll, expect, test } from 'vitest'
import { npyBytes } from '../support/npy.mjs'

const folder = mkdtempSync(join(tmpdir(), 'lev-calls-'))
const path = (name: string) => join(folder, name)
const numbers = Float32Array.of(1, 0, 0, 1, 1, 1)
writeFileSync(path('k.npy'), npyBytes([3, 2], numbers))
writeFileSync(path('heads.npy'), npyBytes([1, 3, 2], numbers))
writeFileSync(path('t.csv'), 'name,x,y\na,1,0\nb,0,1\nc,1,1\n')
writeFileSync(path('h.csv'), 'query,key,score,dot\n0,0,0.5,1\n')
const shape = { rows: 3, cols: 2 }
const keys = core.matrix(numbers, shape)
const dense = { data: numbers, ...shape }
const head = { queries: dense, keys: dense, values: dense }
const heads = await core.openAttentionHeads(
  { heads: 1, rows: 3, dim: 2 },
  { selection: { keep: 2, rule: 'leverage' } },
)
const gradient = core.attendWithGradient(head, { selection: { keep: 2 } })
const terms = { dim: 2, epsilon: 0.1 }
const summary = () => new core.KeySummary(terms).update(numbers)
const lev = await levattention({ workers: 0 })
const universal = await lev.universalSet(keys)
const session = await lev.session(universal, { actors: 1 })
const live = await lev.liveSummary({ dim: 2 })
await saveUniversalSet(universal, path('u.lev'))
const source = core.openMatrix(path('k.npy'))
const opened = core.openHeads(path('heads.npy'))
const ofTable = { id: 'name' }
const inflated = await core.inflateInput(path('t.csv'), folder, ofTable)
const table = core.openMatrix(path('t.csv'), { ...ofTable, inflated })
afterAll(async () => {
  await lev.close()
  rmSync(folder, { recursive: true })
})

type Call = (...args: unknown[]) => unknown
const loose =
  (object: object, name: string): Call =>
  (...args) =>
    (object as Record<string, Call>)[name](...args)
const sources = { queries: keys, keys, values: keys }
const headSources = { queries: opened, keys: opened, values: opened }
const mask = {
  causal: false,
  segment: 2,
  keyRows: { rowStart: 0, rowEnd: 2 },
  keyMask: Uint8Array.of(1, 1, 0),
  queryStart: 0,
  slidingWindow: 1,
}
const call = { signal: new AbortController().signal, onProgress: () => undefined }
const ofKeys = { keyRows: { rowStart: 0, rowEnd: 3 }, keyMask: Uint8Array.of(1, 1, 1) }
const designTerms = { intercept: true, weights: [1, 2, 0.5] }
const cuts = { shards: 1, shardRows: 4096, fanIn: 16 }
const selection = {
  rule: 'leverage',
  keep: 2,
  local: 1,
  sinkTokens: 1,
  restClusters: 1,
  seed: 1,
  grid: { height: 1, width: 3 },
}

/** Each with arguments of the right kinds, which need not go together. */
const CALLS: Readonly<Record<string, readonly [Call, readonly unknown[]]>> = {
  matrix: [loose(core, 'matrix'), [numbers, shape]],
  concatMatrices: [loose(core, 'concatMatrices'), [[keys, keys]]],
  openMatrix: [
    loose(core, 'openMatrix'),
    [path('k.npy'), { dtype: 'f32', cols: 2, offsetBytes: 0, inflated: [] }],
  ],
  openHeads: [loose(core, 'openHeads'), [path('heads.npy'), { layout: 'hnd', dtype: 'f32' }]],
  inflateInput: [
    loose(core, 'inflateInput'),
    [
      path('t.csv'),
      folder,
      {
        id: 'name',
        columns: 'x',
        header: 'yes',
        missing: 'nan',
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    ],
  ],
  missingRows: [
    loose(core, 'missingRows'),
    [keys, { signal: new AbortController().signal, onProgress: () => undefined }],
  ],
  openUniversalSet: [loose(core, 'openUniversalSet'), [path('u.lev')]],
  isLevError: [loose(core, 'isLevError'), [new Error('x'), 'Option']],
  KeySummary: [
    (...args) => Reflect.construct(core.KeySummary, args),
    [{ ...terms, p: 2, rowStart: 0, form: 'gram', policy: 'whole', seed: 1 }],
  ],
  'KeySummary.fromBytes': [loose(core.KeySummary, 'fromBytes'), [summary().toBytes()]],
  'summary.update': [(...args) => loose(summary(), 'update')(...args), [numbers, () => undefined]],
  'summary.merge': [
    (...args) => loose(summary(), 'merge')(...args),
    [new core.KeySummary({ ...terms, rowStart: 3 })],
  ],
  'summary.heavyPairs': [(...args) => loose(summary(), 'heavyPairs')(...args), [numbers, 0.2]],
  attend: [loose(core, 'attend'), [head, { selection, attention: 'softmax', scale: 1, ...mask }]],
  attendWithGradient: [
    loose(core, 'attendWithGradient'),
    [head, { selection: { keep: 2 }, scale: 1, ...mask }],
  ],
  gradient: [
    loose(gradient, 'gradient'),
    [numbers, { queries: new Float32Array(6), keys: new Float32Array(6), values: new Float32Array(6) }],
  ],
  openAttentionHeads: [
    loose(core, 'openAttentionHeads'),
    [
      { heads: 1, rows: 3, dim: 2, valueDim: 2 },
      { selection: { rule: 'leverage', keep: 2 }, scale: 1 },
      heads,
    ],
  ],
  'heads.forward': [loose(heads, 'forward'), [1]],
  'matrix.readRows': [loose(keys, 'readRows'), [0, 1, new Float32Array(2)]],
  'openMatrix.readRows': [loose(source, 'readRows'), [0, 1, new Float32Array(2)]],
  'matrix.locate': [loose(keys, 'locate'), [0]],
  'openMatrix.locate': [loose(source, 'locate'), [0]],
  'heads.open': [loose(opened, 'open'), [0]],
  'heads.leadingIndex': [loose(opened, 'leadingIndex'), [0]],
  levattention: [
    async (...args) => ((await (levattention as Call)(...args)) as typeof lev).close(),
    [{ workers: 0, kernels: 'auto', hangLimitMs: 1000 }],
  ],
  universalSet: [
    loose(lev, 'universalSet'),
    [
      keys,
      {
        epsilon: 0.1,
        p: 2,
        causal: false,
        tighten: false,
        rowOffset: 0,
        mergeable: true,
        passes: 2,
        method: 'exact',
        ...cuts,
        ...call,
      },
    ],
  ],
  heavyAttentions: [
    loose(lev, 'heavyAttentions'),
    [universal, keys, { keys, epsilon: 0.5, queryBatches: 1, ...cuts, ...call }],
  ],
  softmaxPairs: [
    loose(lev, 'softmaxPairs'),
    [
      { queries: keys, keys },
      { scale: 1, epsilon: 0.5, top: 1, precision: 'f32', queryBatches: 1, ...mask, ...cuts, ...call },
    ],
  ],
  'lev.attend': [
    loose(lev, 'attend'),
    [sources, { selection, attention: 'softmax', scale: 1, ...mask, ...call }],
  ],
  'lev.attend of heads': [
    loose(lev, 'attend'),
    [headSources, { selection: { keep: 2 }, skipBadHeads: true, ...mask, ...call }],
  ],
  'softmaxPairs of heads': [
    loose(lev, 'softmaxPairs'),
    [
      { queries: opened, keys: opened },
      { top: 1, skipBadHeads: () => undefined, ...mask, ...call },
    ],
  ],
  'coverage of heads': [
    loose(lev, 'coverage'),
    [headSources, { keep: [2], skipBadHeads: true, ...mask, ...call }],
  ],
  coverage: [
    loose(lev, 'coverage'),
    [
      { ...sources, fitQueries: keys },
      {
        select: ['leverage', 'mine'],
        keep: [2],
        heavy: 0.1,
        sample: 2,
        seed: 1,
        scale: 1,
        local: 1,
        sinkTokens: 1,
        scores: { mine: Float64Array.of(1, 2, 3) },
        ...call,
      },
    ],
  ],
  sample: [loose(lev, 'sample'), [keys, { rows: 2, seed: 1, shards: 1, ...designTerms, ...ofKeys, ...call }]],
  scores: [
    loose(lev, 'scores'),
    [table, { p: 3, passes: 2, shards: 1, fanIn: 16, id: 'name', ...designTerms, ...ofKeys, ...call }],
  ],
  curve: [
    loose(lev, 'curve'),
    [keys, { p: 3, passes: 2, shards: 1, fanIn: 16, ...designTerms, ...ofKeys, ...call }],
  ],
  verify: [
    loose(lev, 'verify'),
    [
      { keys, queries: keys, heavy: path('h.csv') },
      { epsilon: 0.3, p: 2, sign: 'both', sample: 2, seed: 1, ...call },
    ],
  ],
  merge: [loose(lev, 'merge'), [[universal], call]],
  session: [
    async (...args) => ((await loose(lev, 'session')(...args)) as typeof session).release(),
    [universal, { epsilon: 0.5, actors: 1, maxWaiting: 4, ...call }],
  ],
  liveSummary: [
    async (...args) => ((await loose(lev, 'liveSummary')(...args)) as typeof live).release(),
    [{ dim: 2, epsilon: 0.1, p: 2, rowStart: 0, form: 'gram', seed: 1, ...call }],
  ],
  'session.query': [loose(session, 'query'), [numbers, { limit: 2, timeoutMs: 1000, ...call }]],
  'session.queryAll': [loose(session, 'queryAll'), [[numbers], { limit: 2, ...call }]],
  'live.push': [loose(live, 'push'), [numbers, call]],
  'live.query': [
    loose(live, 'query'),
    [numbers, { limit: 2, epsilon: 0.5, timeoutMs: 1000, signal: call.signal }],
  ],
  'live.universalSet': [loose(live, 'universalSet'), [{ signal: call.signal }]],
  'live.toBytes': [loose(live, 'toBytes'), [{ signal: call.signal }]],
  saveUniversalSet: [saveUniversalSet as Call, [universal, path('again.lev'), { force: true, ...call }]],
}

/** An array whose buffer was given away. */
function lost(): Float64Array {
  const array = new Float64Array(3)
  structuredClone(array, { transfer: [array.buffer] })
  return array
}

const FOREIGN: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  NaN,
  2 ** 60,
  10n,
  '',
  'x',
  'no.such',
  [],
  [7],
  {},
  { x: 1 },
  new Map(),
  Promise.resolve(keys),
  () => 0,
  Symbol('s'),
  new Date(0),
  '1'.repeat(300),
  new Int32Array(2),
  new BigInt64Array(3),
  lost(),
  Float32Array.of(NaN),
  new ArrayBuffer(8),
  Buffer.from('{}'),
  keys,
  dense,
  universal,
  summary(),
  call.signal,
  new Proxy({}, {}),
  Object.create(null),
]

/** Options whose value is a record. */
const RECORDS = ['selection', 'scores', 'keyRows', 'grid']

/** `value` with `wrong` in each field of it, and of each record in it. */
function* spoiledFields(value: unknown, wrong: unknown): Generator {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return
  for (const [name, field] of Object.entries(value)) {
    yield { ...value, [name]: wrong }
    if (RECORDS.includes(name))
      for (const inner of spoiledFields(field, wrong)) yield { ...value, [name]: inner }
  }
}

/** `args` with `value` in each place, and in each field of each record. */
function* spoiled(args: readonly unknown[], value: unknown): Generator<readonly unknown[]> {
  for (const [at, arg] of args.entries()) {
    yield args.with(at, value)
    for (const field of spoiledFields(arg, value)) yield args.with(at, field)
  }
}

async function answerOf(run: Call, args: readonly unknown[]): Promise<unknown> {
  try {
    const result = run(...args)
    const begun = Object(result) as Partial<AsyncGenerator>
    await (typeof begun.next === 'function' ? begun.next() : result)
    return undefined
  } catch (error) {
    return error
  }
}

const shown = (value: unknown) => inspect(value, { depth: 1, breakLength: Infinity }).slice(0, 100)

test.each(Object.keys(CALLS))(
  '%s',
  async (name) => {
    const [run, args] = CALLS[name]
    const wrong: string[] = []
    const hold = (error: unknown, found: string) => {
      if (error === undefined) return
      if (!core.isLevError(error)) wrong.push(`${found}: ${(error as Error).message}`)
      else if (error.tag === 'Internal') wrong.push(`${found}: Internal: ${error.message}`)
      else if (/--[a-z]|undefined|\[object/.test(error.message)) wrong.push(`${found}: ${error.message}`)
    }
    for (let count = 0; count < args.length; count++)
      hold(await answerOf(run, args.slice(0, count)), `${count} arguments`)
    for (const value of FOREIGN)
      for (const given of spoiled(args, value)) {
        const at = given.findIndex((one, i) => one !== args[i])
        hold(await answerOf(run, given), `argument ${at}: ${shown(given[at])} by ${shown(value)}`)
      }
    expect(wrong).toEqual([])
  },
  60_000,
)

test('arguments that look right and are not are refused by their name', async () => {
  const spoil = async (name: string, at: number, change: (arg: Record<string, unknown>) => object) => {
    const [run, args] = CALLS[name]
    return await answerOf(run, args.with(at, change(args[at] as Record<string, unknown>)))
  }
  const cases: readonly [error: unknown, said: RegExp][] = [
    [
      await spoil('coverage', 1, (options) => ({ ...options, scores: { mine: '1'.repeat(3) } })),
      /^scores mine is a string; a Float32Array or Float64Array is needed/,
    ],
    [
      await spoil('attend', 1, (options) => ({ ...options, selection: { ...selection, seed: 'abc' } })),
      /^`seed` is 'abc'; it must be a whole number/,
    ],
    [
      await spoil('attend', 1, (options) => ({ ...options, selection: { ids: lost() } })),
      /^ids is a Float64Array that has lost its numbers/,
    ],
    [
      await spoil('scores', 1, (options) => ({ ...options, weights: lost() })),
      /^weights is a Float64Array that has lost its numbers/,
    ],
    [
      await answerOf(loose(core, 'openMatrix'), [path('t.csv'), { columns: 'x', inflated }]),
      /^openMatrix: `columns` is 'x', and inflateInput was called without it/,
    ],
  ]
  for (const [error, said] of cases) {
    expect(core.isLevError(error)).toBe(true)
    expect((error as Error).message).toMatch(said)
  }
})
