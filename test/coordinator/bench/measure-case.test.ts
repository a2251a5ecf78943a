// Catches: seconds of the wrong run, a ratio to another than the first of ours, a start-up that is not taken off, a failing peer that
// ends the whole, an answer that differs untold. Cannot catch: what timing does on a busy machine.
import type { BenchCase } from '#coordinator/bench/bench-case'
import type { Contender, Told } from '#coordinator/bench/contender'
import { entriesOf, measureCase } from '#coordinator/bench/measure-case'
import { expect, test } from 'vitest'

const ONE: BenchCase = { kind: 'heavy', n: 100, d: 4, m: 10, epsilon: 0.1 }

const contender = (
  name: string,
  role: Contender['role'],
  program = '0',
  host: Contender['host'] = 'node',
): Contender => ({
  name,
  role,
  host,
  line: (first) => ({ program: process.execPath, args: ['-e', program, JSON.stringify(first ?? null)] }),
  read: (stdout) => (stdout === '' ? { seconds: 0 } : (JSON.parse(stdout) as Told)),
})

const says = (told: Told) => `console.log('${JSON.stringify(told)}')`
const options = { runs: 2, mostSeconds: Infinity, signal: undefined, onRun: () => undefined }

test('entries: medians, ratios to the first, work without start-up', () => {
  const trial = (seconds: number, wallSeconds: number) => ({
    told: { seconds },
    wallSeconds,
    cpuSeconds: wallSeconds,
  })
  const [ours, peer, , python] = entriesOf(
    [
      contender('ours', 'ours'),
      contender('peer', 'peer', '', 'python'),
      contender('node', 'startup'),
      contender('python', 'startup', '', 'python'),
    ],
    [
      [trial(1, 2), trial(1, 2), trial(5, 6)],
      [trial(3, 5), trial(2, 4), trial(20, 25)],
      [trial(0, 1), trial(0, 1), trial(0, 1)],
      [trial(0, 3), trial(0, 2), trial(0, 5)],
    ],
  )
  expect(ours).toMatchObject({
    seconds: { median: 1, least: 1, most: 5 },
    ratio: 1,
    workSeconds: 1,
    workRatio: 1,
  })
  // Rounds: 3, 2, 4 times as long; work 2, 2, 20 against 1, 1, 5.
  expect(peer).toMatchObject({
    seconds: { median: 3 },
    ratio: 3,
    workSeconds: 2,
    workRatio: 2,
    cpuRatio: 2.5,
  })
  expect(python).toMatchObject({ seconds: { median: 3 } })
  expect(python).not.toHaveProperty('ratio')
})

test('work that is less than a start takes longer or shorter is not told', () => {
  const trial = (wallSeconds: number) => ({ told: { seconds: 0.01 }, wallSeconds })
  const startup = [trial(0.2), trial(0.3)]
  const all = [contender('ours', 'ours'), contender('small', 'peer'), contender('node', 'startup')]
  const [ours, small] = entriesOf(all, [[trial(0.4), trial(0.5)], [trial(0.21), trial(0.29)], startup])
  expect(ours.workSeconds).toBeCloseTo(0.2)
  expect(small).toMatchObject({ ratio: 1 })
  expect(small).not.toHaveProperty('workSeconds')
  expect(small).not.toHaveProperty('workRatio')
  const [tiny, other] = entriesOf(all, [[trial(0.19), trial(0.5)], [trial(0.4), trial(0.5)], startup])
  expect(tiny).not.toHaveProperty('workRatio')
  expect(other).toHaveProperty('workSeconds')
  expect(other).not.toHaveProperty('workRatio')
})

test('a time that is told by a part says so, and its process is compared with nothing', () => {
  const [, brute] = entriesOf(
    [contender('ours', 'ours'), contender('brute', 'peer'), contender('node', 'startup')],
    [
      [{ told: { seconds: 1 }, wallSeconds: 2 }],
      [{ told: { seconds: 60, extrapolatedFrom: 512 }, wallSeconds: 4 }],
      [{ told: { seconds: 0 }, wallSeconds: 1 }],
    ],
  )
  expect(brute).toMatchObject({ ratio: 60, extrapolatedFrom: 512 })
  expect(brute).not.toHaveProperty('workSeconds')
})

test('the round before is not timed, and what it told is handed on', async () => {
  const block = contender(
    'peer',
    'peer',
    'const first = JSON.parse(process.argv[1]); console.log(JSON.stringify({ seconds: first?.block ?? 99, block: 7, pairs: 3 }))',
  )
  const { result } = await measureCase(
    ONE,
    [contender('ours', 'ours', says({ seconds: 1, pairs: 3 })), block],
    options,
  )
  expect(result.entries[1]).toMatchObject({ seconds: { median: 7, most: 7 }, ratio: 7 })
  expect(result).toMatchObject({ agree: true, runs: 2, n: 100 })
})

test('pairs that differ are told', async () => {
  const entries = [
    says({ seconds: 1, universal: 5, pairs: 300 }),
    says({ seconds: 1, universal: 5, pairs: 301 }),
  ]
  const contenders = entries.map((program, at) => contender(`${at}`, at === 0 ? 'ours' : 'peer', program))
  expect((await measureCase(ONE, contenders, options)).result.agree).toBe(false)
})

test('a peer that fails is left out with its reason, one of ours ends it', async () => {
  const broken = 'console.error("no memory for this"); process.exit(3)'
  const ours = contender('ours', 'ours', says({ seconds: 1 }))
  const { result, skipped } = await measureCase(ONE, [ours, contender('peer', 'peer', broken)], options)
  expect(result.entries.map(({ name }) => name)).toEqual(['ours'])
  expect(skipped).toEqual([
    { what: 'peer, 100 x 4', why: expect.stringMatching(/ended by code 3.*no memory for this/s) as string },
  ])
  await expect(measureCase(ONE, [contender('ours', 'ours', broken)], options)).rejects.toMatchObject({
    tag: 'SystemLimit',
  })
})

test('of rounds that take too long there are fewer, but one', async () => {
  const ours = contender('ours', 'ours', says({ seconds: 1 }))
  const { result } = await measureCase(ONE, [ours], { ...options, runs: 50, mostSeconds: 1e-3 })
  expect(result).toMatchObject({ runs: 1, entries: [{ seconds: { median: 1 } }] })
})
