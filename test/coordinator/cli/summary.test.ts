// Catches: a summary or failure that is not of the committed schema, a field that is missing or means something else, a
// text that leaves out a key fact. Cannot catch: wrong times and memory, which only have to be there.
import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { commandEntries } from '#coordinator/cli/commands/registry'
import { groupOf } from '#coordinator/cli/options/option-groups'
import { headsText } from '#coordinator/cli/text/heads-text'
import { searchText } from '#coordinator/cli/text/search-text'
import type { JobSummary } from '#coordinator/job/job-summary'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/summary.schema.json', import.meta.url), 'utf8'),
) as { definitions: { summary: { properties: { command: { enum: string[] } } } } }
const validate = new Ajv({ strict: true }).compile(schema)

function requireValid(printed: unknown): void {
  validate(printed)
  expect(validate.errors ?? []).toEqual([])
}

const work = new Workspace()
afterAll(() => work.remove())
beforeAll(async () => {
  work.npy('K.npy', [500, 4], gaussianRows(500, 4, 1, 3))
  work.npy('Q.npy', [30, 4], gaussianRows(30, 4, 2))
  work.npy('H.npy', [2, 50, 4], gaussianRows(100, 4, 3))
  work.npy('few.npy', [40, 4], gaussianRows(40, 4, 4))
  work.npy('none.npy', [0, 4], new Float32Array(0))
  work.npy('zero.npy', [10, 4], new Float32Array(40))
  writeFileSync(work.path('K.csv'), 'a,b,c,d\n1.5,2,3,4\n5,6,7.5,9\n')
  await runHere(work, 'build', 'K.npy', '--out', 'u.lev')
})

test('inspect of a table, and the time that turning one takes', async () => {
  requireValid(await jsonHere(work, 'inspect', 'K.csv'))
  const { seconds } = await jsonHere(work, 'run', '--keys', 'K.csv')
  expect(seconds).toMatchObject({ turn: expect.any(Number) as number })
})

describe('what --json prints is of docs/summary.schema.json', () => {
  test.each([
    'run --keys K.npy --queries Q.npy',
    'run --keys K.npy --keep 2 --workers 1 --out keep.npz --universal keep.lev',
    'run --keys H.npy --heads all --out heads',
    'run --keys H.npy --layout hnd --heads 1 --workers 1 --out head',
    'run --keys few.npy',
    'run --keys none.npy',
    'run --keys zero.npy',
    'run --keys K.csv --columns d,c,b,a',
    'run --keys K.npy --queries none.npy --out empty.csv',
    'build K.npy --out b.lev --row-offset 7',
    'query --universal u.lev --queries Q.npy --epsilon .5',
    'query --universal u.lev --queries Q.npy --keys K.npy',
    'merge u.lev --out m.lev',
  ])('%s', async (line) => {
    const [name, ...args] = line.split(' ')
    const summary = await jsonHere(work, name, ...args)
    requireValid(summary)
    expect(summary).toMatchObject({
      schemaVersion: 1,
      command: name,
      d: 4,
      p: 2,
      causal: false,
      method: 'exact',
    })
  })

  test.each([
    'run --attention softmax --keys K.npy --queries K.npy --causal --sliding-window 50 --out soft.npz',
    'verify --keys K.npy --queries K.npy --heavy soft.npz',
    'verify --keys K.npy --queries Q.npy --heavy soft.csv --attention softmax --top 3 --key-rows 0:200',
  ])('%s', async (line) => {
    if (line.includes('soft.csv')) writeFileSync(work.path('soft.csv'), 'query,key,score,dot\n')
    const [name, ...args] = line.split(' ')
    const summary = await jsonHere(work, name, ...args)
    requireValid(summary)
    expect(summary).toMatchObject({ command: name, attention: 'softmax', scale: 0.5, emptyRows: 0 })
    expect(summary['difference'] !== undefined).toBe(line.includes('soft.csv'))
  })

  test.each([
    'attend --queries Q.npy --keys K.npy --values K.npy --keep 5 --local 2 --rest-clusters 3 --out o.npy',
    'attend --queries few.npy --keys few.npy --values few.npy --causal --sink-tokens 2 --select sinks --out s.npy',
    'attend --queries H.npy --keys H.npy --values H.npy --heads all --attention power --full --out h.npy',
    'attend --queries Q.npy --keys none.npy --values none.npy --full --out n.npy',
    'attend --queries few.npy --keys few.npy --values few.npy --keep 3 --local 1 --grid 6x6 --prefix-tokens 4 --out g.npy',
    'attend --queries few.npy --keys few.npy --values few.npy --epsilon 0.2 --rest-clusters 2 --out e.npy',
    'build K.npy --method sketch --out s.lev --force',
    'run --keys K.npy --queries Q.npy --method sketch',
    'curve K.npy --method sketch',
    'curve H.npy --heads all',
    'curve --keys K.npy --keys K.npy --as-heads',
    'scores H.npy --heads all --out tau',
    'build H.npy --layout hnd --heads 1 --out sets',
    'sample H.npy --heads all --rows 5 --out samples',
    'inspect s.lev',
    'generate planted --out planted --n 50 --d 4 --m 3 --planted 2 --noise 1e-3',
  ])('%s', async (line) => {
    const [name, ...args] = line.split(' ')
    const summary = await jsonHere(work, name, ...args)
    requireValid(summary)
    expect(summary).toMatchObject({ schemaVersion: 1, command: name })
    expect(summary).not.toHaveProperty('error')
  })

  test.each(['run', 'run --keys gone.npy', 'run --keys K.npy --epsilon x', 'rum'])(
    'failing: %s',
    async (line) => {
      const [name, ...args] = line.split(' ')
      const failure = await jsonHere(work, name, ...args)
      requireValid(failure)
      expect(failure).toMatchObject({ command: name })
    },
  )

  test('the schema names every command', () => {
    expect(schema.definitions.summary.properties.command.enum).toEqual(commandEntries.map(({ name }) => name))
  })

  test('what the schema does not know is refused', () => {
    expect(validate({ schemaVersion: 1, command: 'run', surprise: 1 })).toBe(false)
  })
})

test('the numbers mean what they say', async () => {
  const summary = await jsonHere(work, 'run', '--keys', 'K.npy', '--queries', 'Q.npy', '--epsilon', '.05')
  expect(summary).toMatchObject({
    n: 500,
    d: 4,
    m: 30,
    epsilon: 0.05,
    rank: 4,
    uncertifiedQueries: 0,
    workers: 0,
    queriesSettled: 30,
    queriesExactPass: 0,
    undefinedRows: 0,
    outputs: [],
    warnings: [],
    inputs: [
      { path: 'K.npy', firstRow: 0, rows: 500 },
      { path: 'Q.npy', firstRow: 0, rows: 30 },
    ],
  })
  expect(summary.universalFraction).toBe(Number(summary.universalSize) / 500)
  const seconds = summary.seconds as Record<string, number>
  const { startup: _, total, ...stages } = seconds
  expect(Object.keys(stages).sort()).toEqual(['map', 'pool', 'query', 'reduce', 'select', 'write'])
  expect(Object.values(stages).reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(total)
})

test('a set of more than half of the keys comes with the epsilon that would help, or that none does', async () => {
  for (const [keys, args] of [
    ['K.npy', ['--epsilon', '1e-9']],
    ['few.npy', []],
  ] as const) {
    const { n, warnings } = await jsonHere(work, 'run', '--keys', keys, ...args)
    const [, epsilon, size] = /epsilon ([\d.]+) leaves (\d+) of them/.exec(JSON.stringify(warnings)) ?? []
    expect(Number(size)).toBeLessThanOrEqual((n as number) / 10)
    const helped = await jsonHere(work, 'run', '--keys', keys, '--epsilon', epsilon)
    expect(helped.universalSize).toBe(Number(size))
  }
  work.npy('wide.npy', [3, 4], Float64Array.of(1, 2, 3, 4, 2, 1, 5, 7, 9, 1, 1, 2))
  const none = await jsonHere(work, 'run', '--keys', 'wide.npy')
  expect(JSON.stringify(none.warnings)).toContain('3 keys are too few for d = 4 at any epsilon')
})

test('causal: that bounds are by blocks is told', async () => {
  const { warnings } = await jsonHere(work, 'run', '--keys', 'K.npy', '--causal', '--epsilon', '0.0001')
  expect(JSON.stringify(warnings)).toMatch(
    /: a causal key is bounded by the keys before its block \(of 16 rows, doubling up to 512, .*\), so bounds are upper bounds, a few times larger/,
  )
})

test.each<[string, RegExp | undefined]>([
  ['--segment 20 --epsilon 0.05', /segments hold \d+ of 500 keys .* segments of 800 rows/],
  [
    '--segment 20 --epsilon 0.05 --causal',
    /segments hold \d+ of 500 keys .*: a causal key is bounded by the keys before its block \(of \d+ rows, .*, and a segment has few/,
  ],
  ['--segment 20 --epsilon 0.05 --p 4', /segments of 3200 rows \(10 d\^2/],
  ['--segment 250 --epsilon 0.9', undefined],
])('segments that keep most keys are warned of: %s', async (options, message) => {
  const { warnings } = await jsonHere(work, 'run', '--keys', 'K.npy', ...options.split(' '))
  const large = (warnings as { code: string; message: string }[]).find(
    ({ code }) => code === 'universal-set-large',
  )
  if (message) expect(large?.message).toMatch(message)
  else expect(large).toBeUndefined()
})

describe('the text', () => {
  const summary: JobSummary = {
    schemaVersion: 1,
    command: 'run',
    attention: '|q.k|^2',
    n: 18_700,
    d: 64,
    m: 1000,
    p: 2,
    epsilon: 0.01,
    universalSize: 137,
    universalFraction: 137 / 18_700,
    maxBound: 0.6213,
    condition: 1234.5,
    scoreSlack: 3.21e-12,
    thresholdSlack: 1e-12,
    guarantee: { kind: 'deterministic' },
    pairs: 12_345,
    undefinedRows: 2,
    uncertifiedQueries: 0,
    queriesSettled: 998,
    queriesExactPass: 2,
    workers: 2,
    kernels: 'wasm',
    seconds: { startup: 0.1, total: 1.234 },
    bytesRead: 5_043_200,
    peakMemoryBytes: 123_456_789,
    inputs: [],
    outputs: ['heavy.npz'],
    warnings: [{ code: 'x', message: 'mind this' }],
  }

  test('says the answer first, what it cost last', () => {
    const topKeys = [
      { rowId: 17, bound: 0.6213, queries: 812 },
      { rowId: 18_699, bound: 0.1, queries: 1 },
    ]
    expect(searchText(summary, { topKeys, pairsHold: 0.4137 }).split('\n')).toEqual([
      "levattention run: 12,345 heavy pairs in 1,000 queries hold 0.414 of a query's attention on average",
      '',
      '  The largest bounds; no query gives a key a larger share than its bound:',
      '    key  bound    heavy for',
      '     17  0.621  812 queries',
      '  18699    0.1      1 query',
      '',
      "  universal set   137 of 18,700 keys (0.00733); no other key can take 0.01 of a query's attention",
      '  undefined rows  2 queries whose product with every key is 0',
      '  exact pass      2 queries decided by reading the keys again',
      '  certainty       none missed; bounds within 1e-12; scores within 3.21e-12; condition 1230',
      '  warning         mind this',
      '  attention       |q.k|^2, not softmax; epsilon 0.01',
      '  inputs          keys [18,700, 64], queries [1,000, 64]',
      '  written         heavy.npz',
      '  time            1.23 s on 2 worker threads, WebAssembly kernels, 5.04 MB read; start-up 0.1 s;',
      '                  peak memory 123 MB',
    ])
  })

  test('names no key that a higher epsilon leaves out, and keys without bounds by their queries', () => {
    const topKeys = [
      { rowId: 17, bound: 0.6213 },
      { rowId: 18, bound: 0.1 },
    ]
    const higher = searchText({ ...summary, universalSize: 1 }, { topKeys })
    expect(higher).toContain('  17  0.621\n\n')
    expect(higher).not.toContain('  18  ')
    const { universalSize: _, ...noSet } = summary
    const byQueries = searchText(noSet, { topKeys: [{ rowId: 3, queries: 9 }] })
    expect(byQueries).toContain(
      'The keys that are heavy for most queries:\n  key  heavy for\n    3  9 queries\n',
    )
    const ones = [1, 2].map((rowId) => ({ rowId, bound: 1 }))
    const ofOnes = (more: object) => searchText({ ...summary, ...more }, { topKeys: ones })
    expect(ofOnes({})).toContain('Some query gives each of these keys all')
    // Bounds that were cut to 1, and hold no share that a query gives.
    for (const more of [{ p: 3 }, { certificate: 'ridge' }])
      expect(ofOnes(more)).toMatch(/The largest bounds; no query[^]*; of equal ones the first\s+are named:/)
  })

  test('says of which queries a ridge certificate speaks', () => {
    const found = { topKeys: [{ rowId: 1, bound: 0.5 }] }
    const text = searchText({ ...summary, certificate: 'ridge' }, found).replace(/\s+/g, ' ')
    expect(text).toContain('no query that the certificate covers gives a key a larger share than its bound')
    expect(text).toContain('can take 0.01 of the attention of a query that the certificate covers')
  })

  test('of heads counts the queries of all, and no line is long', () => {
    const head = { head: 0, keyHead: 0, file: 'head-0000.npz', epsilon: 0.01, universalSize: 3 }
    const facts = { universalFraction: 0.2, maxBound: 0.6, pairs: 1, undefinedRows: 0, uncertifiedQueries: 0 }
    const numbers = { scoreSlack: 0, thresholdSlack: 1e-12, rank: 3, condition: 1, negativeDotShare: 0 }
    const heads = [0, 1, 2].map((index) => ({ ...head, ...facts, ...numbers, head: index, keyHead: index }))
    const { universalSize: _, ...rest } = summary
    const warnings = [{ code: 'x', message: 'a warning of many words, '.repeat(9).trim() }]
    const text = headsText({ ...rest, heads, warnings }, ['pairs'])
    expect(text).toContain('keys [18,700, 64], queries [1,000, 64] in each of 3 heads')
    expect(text).toContain('12,345 heavy pairs in 3,000 queries (1,000 in each of 3 heads)')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test('says one of one', () => {
    const one = {
      ...summary,
      n: 1,
      m: 1,
      universalSize: 1,
      undefinedRows: 1,
      queriesExactPass: 1,
      workers: 1,
    }
    const text = searchText({ ...one, uncertifiedQueries: 1 })
    for (const part of [
      '1 of 1 key (',
      'in 1 query',
      '1 query whose',
      '1 query decided',
      'on 1 worker thread,',
    ])
      expect(text).toContain(part)
  })

  test('promises nothing of queries that nothing decided', () => {
    const text = searchText({ ...summary, uncertifiedQueries: 3 })
    expect(text).toContain('undecided       3 queries')
    expect(text).toContain('none missed but of the undecided queries;')
  })

  test('says what an empty set means', () => {
    const empty = { ...summary, universalSize: 0, universalFraction: 0, pairs: 0 }
    expect(searchText(empty)).toContain("universal set   empty: no key can take 0.01 of a query's attention")
  })
})

test('help with --all shows every option and example of every command', async () => {
  for (const entry of commandEntries) {
    const command = await entry.load()
    const { stdout, exitCode } = await runHere(work, entry.name, '--help', '--all')
    expect(exitCode).toBe(0)
    for (const option of [...Object.keys(command.options), 'json', 'quiet'])
      expect(stdout).toContain(`--${option}`)
    // A long one is broken before its options.
    const whole = stdout.replaceAll(/ \\\n\s+/g, ' ')
    for (const [line] of command.examples) expect(whole).toContain(`levattention ${line}`)
    expect(Math.max(...stdout.split('\n').map((text) => text.length))).toBeLessThanOrEqual(120)
  }
})

test('help without --all names advanced options in one line, and shows the others in groups', async () => {
  const { stdout } = await runHere(work, 'run', '--help')
  expect(stdout).toMatch(/\nInputs\n {2}--keys FILE /)
  expect(stdout).toMatch(/\nOutputs\n {2}-o, --out FILE /)
  expect(stdout).not.toMatch(/\n {2}--(fan-in|kernels|hang-limit|tighten|method|shards)/)
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/levattention run --help --all: .*--tighten, .*--fan-in/)
  expect((await runHere(work, 'plan', '--help')).stdout).toMatch(/\n {2}--shards N /)
})

test('every option of every command stands in a group', async () => {
  for (const entry of commandEntries) {
    const { options } = await entry.load()
    for (const name of [...Object.keys(options), 'json', 'quiet', 'verbose'])
      expect({ name, group: groupOf(entry.name, name) }).toMatchObject({
        group: expect.any(String) as string,
      })
  }
})
