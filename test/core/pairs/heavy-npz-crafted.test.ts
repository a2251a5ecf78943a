// Catches: a number of a heavy .npz that is believed though it is out of range, out of order or at odds with the others, a
// claim for which memory is taken first, an honest file that is refused. Every file here has right checksums. Cannot catch:
// numbers that are possible and wrong (verify does), damage (heavy-npz-damage.test.ts).
import { join } from 'node:path'
import { readHeavyPairs } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import {
  arrayBytes,
  type HeavyArrays,
  heavyMembers,
  textBytes,
  writeHeavy,
  writeMembers,
} from './crafted-heavy.ts'
import { errorOf, testFolder } from '../files/output-support.ts'
import { archiveBytes, type Member } from '../files/zip-archive.ts'

const META = {
  formatVersion: 1,
  attention: '|q.k|^2',
  p: 2,
  epsilon: 0.1,
  causal: false,
  sign: 'both',
  n: 9,
  d: 4,
  m: 3,
}
const MASKED = { ...META, causal: true, queryStart: 5 }
const RIGHT: HeavyArrays = {
  shape: [3, 9],
  data: [0.5, 0.25, 1],
  indices: [2, 8, 0],
  indptr: [0, 2, 2, 3],
  dots: [-3, 2, Infinity],
  mass: [0.75, NaN, 1],
  slack: [1e-12, 0, 1e-3],
  uncertified: [0, 2],
  meta: META,
}
const ENDS = {
  scoreLow: [0.4, 0.2, 0.9],
  scoreHigh: [0.6, 0.3, 1],
  meta: { ...META, p: 3, scores: 'interval' },
}

const ESTIMATES = {
  ...ENDS,
  scoreSE: [0.01, 0, Infinity],
  meta: { ...META, p: 3, scores: 'estimate', delta: 1e-6, seed: 7 },
}

function refused(path: string): string {
  const before = process.memoryUsage().rss
  const start = process.cpuUsage()
  const { message, place } = errorOf('Content', () => readHeavyPairs(path))
  expect(process.cpuUsage(start).user).toBeLessThan(1e6) // microseconds
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
  expect(place.file).toContain(path)
  return message
}

test.each<[string, Partial<HeavyArrays>]>([
  ['as it is', {}],
  [
    'without what SciPy does not need',
    { mass: undefined, slack: undefined, uncertified: undefined, meta: undefined },
  ],
  ['without pairs', { data: [], indices: [], dots: [], indptr: [0, 0, 0, 0] }],
  [
    'without queries',
    {
      ...RIGHT,
      shape: [0, 9],
      data: [],
      indices: [],
      dots: [],
      indptr: [0],
      mass: [],
      slack: [],
      uncertified: [],
      meta: { ...META, m: 0 },
    },
  ],
  ['with intervals', ENDS],
  ['with estimates', ESTIMATES],
  ['exact by name', { meta: { ...META, scores: 'exact' } }],
  ['causal', { meta: MASKED, mass: undefined, indices: [2, 5, 0] }],
  [
    'of a part of the keys',
    {
      meta: {
        ...META,
        n: 4,
        rows: [
          [0, 1],
          [2, 3],
          [7, 9],
        ],
      },
    },
  ],
  ['with fields of its own', { meta: { ...META, note: 'mine', tags: ['a', 'b'] } }],
  ['with a meta of nothing', { meta: {} }],
  ['with an interval slack', { ...ENDS, slack: [3, 0, 1e5] }],
])('a file %s is read', (_, change) => {
  const path = writeHeavy(join(testFolder(), 'h.npz'), { ...RIGHT, ...change })
  const reader = readHeavyPairs(path)
  expect(reader.pairCount).toBe(change.data?.length ?? 3)
  reader.close()
})

describe('numbers', () => {
  test.each<[string, Partial<HeavyArrays>, string]>([
    ['a score above 1', { data: [1.5, 0.25, 1] }, 'query 0, key 2 has the score 1.5'],
    ['a negative score', { data: [0.5, -0.25, 1] }, 'query 0, key 8 has the score -0.25'],
    ['a score that is NaN', { data: [0.5, 0.25, NaN] }, 'query 2, key 0 has the score NaN'],
    ['an infinite score', { data: [0.5, 0.25, Infinity] }, 'not finite'],
    ['scores of more than 1 together', { data: [0.75, 0.35, 1] }, 'scores of query 0 sum to 1.1'],
    ['a dot that is NaN', { dots: [-3, NaN, 1] }, 'array dots: query 0, key 8'],
    ['a key twice', { indices: [2, 2, 0] }, 'array indices: query 0, key 2 is out of order'],
    ['keys that fall', { indices: [8, 2, 0] }, 'out of order'],
    ['a key that does not exist', { indices: [2, 9, 0] }, 'query 0, key 9 does not exist: there are 9 keys'],
    ['a negative key', { indices: [-1, 8, 0] }, '64-bit integer'],
    ['an indptr that falls', { indptr: [0, 2, 1, 3] }, 'array indptr: it falls at query 1'],
    ['an indptr that begins late', { indptr: [1, 2, 2, 3] }, 'begins with 1'],
    ['an indptr beyond the pairs', { indptr: [0, 4, 4, 3] }, 'it falls at query 0'],
    ['a negative slack', { slack: [1e-12, -1e-12, 0] }, 'array slack: it is -1e-12 for query 1'],
    ['a slack that is NaN', { slack: [NaN, 0, 0] }, 'array slack: it is NaN for query 0'],
    ['an infinite slack', { slack: [0, 0, Infinity] }, 'array slack: it is Infinity for query 2'],
    ['a negative mass', { mass: [0.75, -0.5, 1] }, 'array mass: it is -0.5 for query 1'],
    ['a mass above 1', { mass: [1.25, NaN, 1] }, 'array mass: it is 1.25 for query 0'],
    ['an infinite mass', { mass: [0.75, Infinity, 1] }, 'array mass'],
    ['an undecided query twice', { uncertified: [1, 1] }, 'array uncertified: query 1 at place 1'],
    ['undecided queries that fall', { uncertified: [2, 1] }, 'none twice'],
    ['an undecided query that does not exist', { uncertified: [3] }, 'below 3'],
    ['more undecided queries than there are', { uncertified: [0, 1, 2, 2] }, 'it lists 4 of 3 queries'],
    ['ends without a lower one', { ...ENDS, scoreLow: undefined }, 'array scoreLow: missing'],
    ['a score below its ends', { ...ENDS, scoreLow: [0.55, 0.2, 0.9] }, 'outside its ends 0.55 and 0.6'],
    ['a score above its ends', { ...ENDS, scoreHigh: [0.6, 0.24, 1] }, 'outside its ends'],
    ['an end above 1', { ...ENDS, scoreHigh: [0.6, 0.3, 1.5] }, 'outside its ends'],
    ['an end that is NaN', { ...ENDS, scoreLow: [NaN, 0.2, 0.9] }, 'outside its ends'],
    ['ends of exact scores', { ...ENDS, meta: META }, 'scores of this file are exact'],
    ['ends of p = 2', { ...ENDS, meta: { ...META, scores: 'interval' } }, 'scores of this file are exact'],
    [
      'ends of scores that are exact by name',
      { ...ENDS, meta: { ...META, p: 3, scores: 'exact' } },
      'scores of this file are exact',
    ],
    [
      'estimates without standard errors',
      { ...ENDS, meta: ESTIMATES.meta },
      'array scoreSE: standard errors',
    ],
    ['standard errors of intervals', { ...ESTIMATES, meta: ENDS.meta }, 'array scoreSE: standard errors'],
    ['a standard error below 0', { ...ESTIMATES, scoreSE: [0, -0.1, 0] }, 'it is -0.1 for pair 1'],
    ['a standard error that is NaN', { ...ESTIMATES, scoreSE: [0, 0.1, NaN] }, 'it is NaN for pair 2'],
    [
      'standard errors of other pairs',
      { ...ESTIMATES, scoreSE: [0, 0.1] },
      'array scoreSE: it has shape (2)',
    ],
    ['intervals without ends', { meta: ENDS.meta }, 'array scoreLow: missing'],
  ])('%s', (_, change, said) => {
    expect(refused(writeHeavy(join(testFolder(), 'h.npz'), { ...RIGHT, ...change }))).toContain(said)
  })
})

describe('meta', () => {
  const nested = (depth: number) => `{"note":${'['.repeat(depth)}${']'.repeat(depth)}}`
  test.each<[object | string, string]>([
    [{ epsilon: 0 }, 'epsilon = 0'],
    [{ epsilon: 1.5 }, 'epsilon = 1.5'],
    [{ epsilon: -0.1 }, 'epsilon = -0.1'],
    [{ epsilon: '0.1' }, 'epsilon = "0.1"'],
    [{ epsilon: null }, 'epsilon = null'],
    [{ p: 0 }, 'p = 0'],
    [{ p: -2 }, 'p = -2'],
    [{ p: [2] }, 'p = a list'],
    [{ n: 8 }, 'row ids end at 8'],
    [{ n: 9.5 }, 'n = 9.5'],
    [{ m: 4 }, 'm = 4'],
    [{ m: -3 }, 'm = -3'],
    [{ d: 0 }, 'd = 0'],
    [{ d: 1e300 }, 'd = 1e+300'],
    [{ sign: 'negative' }, 'sign = "negative"'],
    [{ causal: 1 }, 'causal = 1'],
    [{ segment: 0, causal: true }, 'segment = 0'],
    [{ queryStart: -1, causal: true }, 'queryStart = -1'],
    [{ queryStart: 7, causal: true }, 'stands at key 9'],
    [{ queryStart: 2 }, 'every query sees all keys'],
    [{ scores: 'guess' }, 'scores = "guess"'],
    [{ scores: 'estimate' }, 'though the meta says that scores are estimates'],
    [{ seed: -1 }, 'seed = -1'],
    [{ method: 'guess' }, 'method = "guess"'],
    [{ method: 'sketch', delta: 0 }, 'delta = 0'],
    [{ formatVersion: 2 }, 'format version 2'],
    [{ formatVersion: '1' }, 'format version "1"'],
    [{ attention: 2 }, 'attention = 2'],
    [{ head: -1 }, 'head = -1'],
    [{ rows: [[0, 9]], n: 8 }, 'n = 8, and its rows are 9'],
    [{ rows: [[0, 10]] }, 'row ids end at 10'],
    [
      {
        rows: [
          [0, 5],
          [4, 9],
        ],
        n: 10,
      },
      'ranges',
    ],
    [
      {
        rows: [
          [5, 5],
          [5, 9],
        ],
        n: 4,
      },
      'ranges',
    ],
    [{ rows: [[9, 0]] }, 'ranges'],
    [{ rows: 'all' }, 'ranges'],
    ['[1]', 'not a JSON object'],
    ['{', 'not a JSON object'],
    [nested(5), 'nested deeper'],
    [nested(400_000), 'nested deeper'],
    [`{"note":"${'x'.repeat(2 ** 20)}"}`, 'at most'],
  ])('%j', (meta, said) => {
    const whole = typeof meta === 'string' ? meta : { ...META, ...meta }
    const path = writeHeavy(join(testFolder(), 'h.npz'), { ...RIGHT, meta: whole })
    expect(refused(path).slice(0, 500)).toContain(said)
  })
})

describe('claims', () => {
  const withMember = (changed: Partial<Member> & { name: string }): Member[] =>
    heavyMembers(RIGHT).map((member) => (member.name === changed.name ? { ...member, ...changed } : member))
  const array = (name: string, values: readonly number[], shape: readonly number[]): Member[] =>
    withMember({ name: `${name}.npy`, data: arrayBytes(name, values, shape) })

  test.each<[string, () => Member[], string]>([
    ['10^9 queries', () => array('shape', [1e9, 9], [2]), 'array indptr'],
    [
      '10^9 queries in indptr as well',
      () => [
        ...array('shape', [1e9, 9], [2]).filter(({ name }) => name !== 'indptr.npy'),
        { name: 'indptr.npy', data: arrayBytes('indptr', [0, 3], [1e9 + 1]) },
      ],
      'array indptr',
    ],
    ['a shape of one number', () => array('shape', [3], [1]), 'array shape'],
    ['a negative number of queries', () => array('shape', [-3, 9], [2]), '64-bit integer'],
    ['10^15 pairs', () => array('indptr', [0, 2, 2, 1e15], [4]), 'array data'],
    ['10^15 scores', () => array('data', [0.5], [1e15]), 'array data'],
    ['dots of another number', () => array('dots', [1, 2], [2]), 'array dots'],
    ['slack of another number', () => array('slack', [0, 0], [2]), 'array slack'],
    ['mass as a matrix', () => array('mass', [0, 0, 0], [3, 1]), 'array mass'],
    ['10^12 undecided queries', () => array('uncertified', [0], [1e12]), 'array uncertified'],
    [
      'a format of a terabyte',
      () =>
        withMember({
          name: 'format.npy',
          data: Buffer.concat([textBytes('csr').subarray(0, -3), Buffer.from('csr and more')]),
        }),
      'format',
    ],
    [
      'a member longer than the file',
      () => withMember({ name: 'data.npy', memberBytes: 2 ** 31, compressedBytes: 2 ** 31 }),
      'reaches into the directory',
    ],
    [
      'a stored member of two lengths',
      () => withMember({ name: 'data.npy', memberBytes: 2 ** 31 }),
      'data.npy',
    ],
    [
      'a deflated member without an end',
      () => withMember({ name: 'data.npy', method: 8, data: new Uint8Array(2 ** 24), memberBytes: 2 ** 31 }),
      'compressed',
    ],
    [
      'an array twice',
      () => [...heavyMembers(RIGHT), { name: 'slack.npy', data: arrayBytes('slack', [0, 0, 0]) }],
      'two members named slack',
    ],
    [
      'an array twice, once without .npy',
      () => [...heavyMembers(RIGHT), { name: 'slack', data: arrayBytes('slack', [0, 0, 0]) }],
      'two members named slack',
    ],
    [
      'a thousand arrays',
      () => [
        ...heavyMembers(RIGHT),
        ...Array.from({ length: 5000 }, (_, i) => ({ name: `array-${i}.npy`, data: arrayBytes('a', []) })),
      ],
      'archive directory',
    ],
    ['another checksum', () => withMember({ name: 'dots.npy', crc: 1 }), 'CRC-32'],
  ])('%s', (_, members, said) => {
    expect(refused(writeMembers(join(testFolder(), 'h.npz'), members()))).toContain(said)
  })

  test('a member inside another', () => {
    const slack: Member = { name: 'slack.npy', data: arrayBytes('slack', [0, 0, 0]) }
    const inner = archiveBytes([slack])
    const around = arrayBytes('note', []).subarray(0, 128)
    const outer: Member = { name: 'note.npy', data: Buffer.concat([around, inner]) }
    const localOffset = 30 + outer.name.length + around.length
    const members = [outer, ...heavyMembers({ ...RIGHT, slack: undefined }), { ...slack, localOffset }]
    expect(refused(writeMembers(join(testFolder(), 'h.npz'), members))).toContain('overlap')
  })
})
