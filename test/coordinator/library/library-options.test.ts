// Catches: options of the library's calls that count for nothing: unknown, misspelt, another call's, of a wrong kind, or two that
// exclude one another; messages in the command's words. Cannot catch: what an option that is taken does.
import { levattention, saveUniversalSet } from '@levattention/coordinator'
import { inflateInput, matrix, openHeads, openMatrix } from '@levattention/core'
import { describe, expect, test } from 'vitest'
import {
  bytes,
  causal,
  construct,
  cubic,
  keys,
  lev,
  live,
  numbers,
  refusalOf,
  session,
  summary,
  universal,
  untyped,
  useLibrary,
} from './library-support.ts'

useLibrary()

/** Options that are refused: by their place, and what is said. */
const OPTIONS: readonly (readonly [string, () => unknown, string, RegExp])[] = [
  [
    'heavyAttentions, p',
    () => heavy({ p: 4 }),
    'p',
    /option of universalSet, attend, scores, curve, verify and liveSummary/,
  ],
  ['heavyAttentions, epsiln', () => heavy({ epsiln: 0.1 }), 'epsiln', /did you mean 'epsilon'\?/],
  ['heavyAttentions, method', () => heavy({ method: 'sketch' }), 'method', /option of universalSet/],
  ['sample, p', () => sample({ p: 4 }), 'p', /sample has no option 'p'/],
  ['universalSet, weights', () => sets({ weights: [1, 1] }), 'weights', /option of scores, curve and sample/],
  ['curve, id', () => untyped(lev, 'curve')(keys, { id: 'name' }), 'id', /option of scores/],
  ['sample, row', () => sample({ row: 4 }), 'row', /did you mean 'rows'\?/],
  ['sample without rows', () => untyped(lev, 'sample')(keys, {}), 'rows', /rows is not given/],
  ['liveSummary, epsiln', () => liveOf({ dim: 2, epsiln: 0.1 }), 'epsiln', /did you mean 'epsilon'\?/],
  ['liveSummary, signal', () => liveOf({ dim: 2, keep: 1 }), 'keep', /option of universalSet/],
  ['liveSummary without dim', () => liveOf({}), 'dim', /dim is not given/],
  ['liveSummary, bytes and dim', () => liveOf({ dim: 2, bytes }), 'dim', /bytes hold/],
  ['liveSummary, no bytes', () => liveOf({ bytes: [1] }), 'bytes', /a Uint8Array is needed/],
  ['universalSet, keep and epsilon', () => sets({ keep: 1, epsilon: 0.1 }), 'keep', /give one of them/],
  [
    'universalSet, queryBatches',
    () => sets({ queryBatches: 2 }),
    'queryBatches',
    /option of heavyAttentions/,
  ],
  ['universalSet, seed alone', () => sets({ seed: 2 }), 'seed', /method: 'sketch'/],
  ['universalSet, delta alone', () => sets({ delta: 0.1 }), 'delta', /method: 'sketch'/],
  ['universalSet, delta 2', () => sets({ method: 'sketch', delta: 2 }), 'delta', /above 0 and below 1/],
  ['universalSet, sketch of p = 3', () => sets({ method: 'sketch', p: 3 }), 'method', /`p` is 3/],
  ['universalSet, sketch and keep', () => sets({ method: 'sketch', keep: 1 }), 'method', /`keep`/],
  ['universalSet, causal sketch', () => sets({ method: 'sketch', causal: true }), 'method', /`causal`/],
  ['universalSet, causal keep', () => sets({ causal: true, keep: 1 }), 'keep', /`causal`/],
  ['universalSet, tighten p = 2', () => sets({ tighten: true }), 'tighten', /exact already/],
  [
    'universalSet, tighten in one pass',
    () => sets({ tighten: true, p: 3, passes: 1 }),
    'tighten',
    /`passes: 1`/,
  ],
  ['universalSet, passes of p = 2', () => sets({ passes: 2 }), 'passes', /weighs the keys/],
  ['universalSet, shards and shardRows', () => sets({ shards: 1, shardRows: 4096 }), 'shards', /`shardRows`/],
  ['universalSet, shardRows 5000', () => sets({ shardRows: 5000 }), 'shardRows', /`shardRows: 8192`/],
  [
    'universalSet, early',
    () => untyped({ levattention }, 'levattention')({ early: {} }),
    'early',
    /no option/,
  ],
  ['session, limit', () => untyped(lev, 'session')(universal, { limit: 3 }), 'limit', /no option 'limit'/],
  [
    'session, epsilon below',
    () => untyped(lev, 'session')(universal, { epsilon: 0.001 }),
    'epsilon',
    /`epsilon: 0.001`/,
  ],
  [
    'query, epsilon',
    () => untyped(session, 'query')(numbers, { epsilon: 0.1 }),
    'epsilon',
    /query has no option 'epsilon'/,
  ],
  ['push, limit', () => untyped(live, 'push')(numbers, { limit: 2 }), 'limit', /no option/],
  ['scores of p = 2', () => heavy({ scores: 'interval' }), 'scores', /`scores: 'interval'`/],
  ['exact scores without keys', () => heavy({ scores: 'exact' }, cubic), 'scores', /give keys/],
  ['queryStart of a set that is not causal', () => heavy({ queryStart: 1 }), 'queryStart', /`causal: true`/],
  ['causal without keys', () => heavy({}, causal), 'keys', /`keys`/],
  ['KeySummary, epsilom', () => construct({ dim: 2, epsilom: 1 }), 'epsilom', /did you mean 'epsilon'\?/],
  ['KeySummary without epsilon', () => construct({ dim: 2 }), 'epsilon', /epsilon is not given/],
  ['KeySummary, form', () => construct({ dim: 2, epsilon: 1, form: 'qr' }), 'form', /'gram' or 'triangular'/],
  ['openMatrix, dtpye', () => opened({ dtpye: 'f32' }), 'dtpye', /did you mean 'dtype'\?/],
  [
    'matrix, order',
    () => untyped({ matrix }, 'matrix')(numbers, { rows: 2, cols: 2, order: 'F' }),
    'order',
    /it has rows/,
  ],
  [
    'openHeads, array',
    () => untyped({ openHeads }, 'openHeads')('k.npz', { array: 'k' }),
    'array',
    /it has dtype/,
  ],
  [
    'inflateInput, sginal',
    () => untyped({ inflateInput }, 'inflateInput')('k.npz', '.', { sginal: 1 }),
    'sginal',
    /did you mean 'signal'\?/,
  ],
  ['queryAll, limti', () => untyped(session, 'queryAll')([numbers], { limti: 1 }), 'limti', /'limit'\?/],
  ['live.query, top', () => untyped(live, 'query')(numbers, { top: 1 }), 'top', /it has limit/],
  [
    'live.universalSet, epsilon',
    () => untyped(live, 'universalSet')({ epsilon: 1 }),
    'epsilon',
    /it has signal/,
  ],
  ['toBytes, form', () => untyped(live, 'toBytes')({ form: 'gram' }), 'form', /it has signal/],
  ['openMatrix, cols alone', () => opened({ cols: 2 }), 'dtype', /`dtype`/],
  [
    'openMatrix, offsetBytes',
    () => opened({ dtype: 'f32', cols: 2, offsetBytes: -1 }),
    'offsetBytes',
    /`offsetBytes` is -1/,
  ],
  [
    'heavyPairs, an object',
    () => untyped(summary, 'heavyPairs')(numbers, { epsilon: 0.5 }),
    'epsilon',
    /plain object/,
  ],
  ['heavyPairs, text', () => untyped(summary, 'heavyPairs')(numbers, '0.5'), 'epsilon', /'0.5'/],
]

const heavy = (options: object, of = universal) => untyped(lev, 'heavyAttentions')(of, keys, options)
const sample = (options: object) => untyped(lev, 'sample')(keys, { rows: 1, ...options })
const sets = (options: object) => untyped(lev, 'universalSet')(keys, options)
const liveOf = (options: object) => untyped(lev, 'liveSummary')(options)
const opened = (options: object) => untyped({ openMatrix }, 'openMatrix')('k.bin', options)

test.each(OPTIONS)('%s', async (_name, call, option, text) => {
  const error = await refusalOf(call)
  expect(error.tag).toBe('Option')
  if (option !== 'bytes') expect(error.place.option).toBe(option)
  expect(error.message).toMatch(text)
})

/** Values that are of no option's kind but their own. */
const WRONG = {
  text: '0.01',
  number: -1.5,
  NaN: NaN,
  null: null,
  flag: true,
  object: {},
  list: [1],
  signal: { aborted: false },
  'half a signal': { aborted: false, addEventListener: () => undefined },
}

const FLAGS = ['isBfloat16', 'intercept', 'force']

const VALUES: Record<string, { readonly call: (options: object) => unknown; readonly options: string[] }> = {
  levattention: {
    call: untyped({ levattention }, 'levattention'),
    options: ['workers', 'kernels', 'hangLimitMs'],
  },
  universalSet: {
    call: sets,
    options: [
      'epsilon',
      'p',
      'keep',
      'passes',
      'shards',
      'shardRows',
      'fanIn',
      'method',
      'signal',
      'onProgress',
    ],
  },
  heavyAttentions: {
    call: heavy,
    options: ['epsilon', 'scores', 'queryStart', 'queryBatches', 'shards', 'fanIn', 'signal', 'onProgress'],
  },
  sample: { call: sample, options: ['rows', 'seed', 'shards', 'shardRows', 'signal', 'onProgress'] },
  scores: {
    call: (options) => untyped(lev, 'scores')(keys, options),
    options: ['p', 'passes', 'intercept', 'signal', 'onProgress'],
  },
  curve: { call: (options) => untyped(lev, 'curve')(keys, options), options: ['p', 'intercept', 'method'] },
  'sample, a design': { call: sample, options: ['intercept'] },
  coverage: {
    call: (options) => untyped(lev, 'coverage')({ queries: keys, keys }, options),
    options: ['skipBadHeads', 'heavy', 'onProgress'],
  },
  softmaxPairs: {
    call: (options) => untyped(lev, 'softmaxPairs')({ queries: keys, keys }, options),
    options: ['skipBadHeads', 'top'],
  },
  attend: {
    call: (options) =>
      untyped(lev, 'attend')({ queries: keys, keys, values: keys }, { selection: { keep: 1 }, ...options }),
    options: ['skipBadHeads', 'scale'],
  },
  saveUniversalSet: {
    call: (options) =>
      untyped({ saveUniversalSet }, 'saveUniversalSet')(universal, 'not-written.lev', options),
    options: ['force', 'signal', 'onProgress'],
  },
  session: {
    call: (options) => untyped(lev, 'session')(universal, options),
    options: ['epsilon', 'actors', 'maxWaiting'],
  },
  query: {
    call: (options) => untyped(session, 'query')(numbers, options),
    options: ['limit', 'timeoutMs', 'signal', 'onProgress'],
  },
  liveSummary: {
    call: (options) => liveOf({ dim: 2, ...options }),
    options: ['epsilon', 'p', 'rowStart', 'form', 'seed'],
  },
  push: { call: (options) => untyped(live, 'push')(numbers, options), options: ['onProgress', 'signal'] },
  openMatrix: {
    call: (options) => opened({ dtype: 'f32', cols: 2, ...options }),
    options: ['dtype', 'cols', 'inflated', 'isBfloat16'],
  },
  KeySummary: {
    call: (options) => construct({ dim: 2, epsilon: 0.1, ...options }),
    options: ['dim', 'epsilon', 'p', 'rowStart', 'form', 'policy', 'seed'],
  },
}

describe.each(Object.keys(VALUES))('%s', (name) => {
  const { call, options } = VALUES[name]
  test.each(options)('%s of a wrong kind is refused by name', async (option) => {
    for (const [kind, value] of Object.entries(WRONG)) {
      if (kind === 'flag' && FLAGS.includes(option)) continue
      const error = await refusalOf(() => call({ [option]: value }))
      expect(error.tag).toBe('Option')
      expect(error.place.option).toBe(option)
    }
  })
})
