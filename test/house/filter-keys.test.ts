// Every command with another filter in the place of core's bounds/filter-keys.ts: one that keeps all keys, one that drops
// one key more. Catches: a key that is dropped, or kept, by anything else. Cannot catch: a filter that is wrong
// (test/laws), a command that is not in the list.
import { createReadStream } from 'node:fs'
import * as core from '@levattention/core/internal'
import { runCommand } from '#coordinator/cli/run-command'
import { levattention } from '#coordinator/library/levattention'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { captured } from '../coordinator/cli/in-process.ts'
import { OtherFilter } from '../support/other-filter.ts'
import { tiered } from '../support/tier.ts'

interface Product {
  readonly levattention: typeof levattention
  readonly runCommand: typeof runCommand
}
const product: Product = { levattention, runCommand }

async function productOf(filter: OtherFilter): Promise<Product> {
  const command = (await filter.load('coordinator', 'cli/run-command')) as Pick<Product, 'runCommand'>
  const library = (await filter.load('coordinator', 'library/levattention')) as Pick<Product, 'levattention'>
  return { runCommand: command.runCommand, levattention: library.levattention }
}

/** The longest key, which every universal set holds. */
const HEAVY = 7
const COLS = 3
/** A stream drops keys once 4,096 have come. */
const [ROWS, FEW, HEAD] = [4500, 300, 100]
const work = new Workspace()
const keepAll = new OtherFilter(`
keepsKey = () => true
filterByRank = (count) => count
normThreshold = () => undefined`)
const dropOne = new OtherFilter(`
const real = filterKeys
filterKeys = (keys, bounds, threshold) =>
  real(keys, bounds, threshold).filter((slot) => keys.rowIds[slot] !== ${HEAVY})`)

/** Rows [rows, COLS], every hundredth long and the longest first; `dependent`: the last column is the sum of the others. */
function keysOf(rows: number, seed: number, dependent = false): Float32Array {
  const keys = gaussianRows(rows, COLS, seed)
  for (let row = 0; row < rows; row++) {
    const long = row % HEAD === HEAVY ? (row === HEAVY ? 400 : 40) : 1
    const at = row * COLS
    for (let a = at; a < at + COLS; a++) keys[a] *= long
    if (dependent) keys[at + COLS - 1] = keys.subarray(at, at + COLS - 1).reduce((sum, x) => sum + x, 0)
  }
  return keys
}

beforeAll(async () => {
  work.npy('K.npy', [ROWS, COLS], keysOf(ROWS, 1))
  work.npy('D.npy', [FEW, COLS], Float64Array.from(keysOf(FEW, 2)))
  work.npy('S.npy', [FEW, COLS], Float64Array.from(keysOf(FEW, 3, true)))
  work.npy('H.npy', [2, HEAD, COLS], keysOf(2 * HEAD, 4))
  work.npy('Q.npy', [5, COLS], gaussianRows(5, COLS, 5))
  work.npy('HQ.npy', [2, 5, COLS], gaussianRows(10, COLS, 6))
  for (const p of [2, 3]) {
    await runLine(product, `build D.npy --p ${p} --out early-${p}.lev`)
    await runLine(product, `build S.npy --p ${p} --row-offset ${FEW} --out late-${p}.lev`)
  }
})

afterAll(() => {
  keepAll.remove()
  dropOne.remove()
  work.remove()
})

/** One command in this thread; K.npy is its standard input. Returns its summary. */
async function runLine(from: Product, line: string): Promise<Record<string, unknown>> {
  const [name, ...args] = line.split(' ')
  const forced = args.includes('--out') ? ['--force'] : []
  const input = vi.spyOn(process, 'stdin', 'get')
  input.mockImplementation(() => createReadStream(work.path('K.npy')) as unknown as typeof process.stdin)
  try {
    const ran = await captured(work, async () => await from.runCommand(name, [...args, ...forced, '--json']))
    expect(ran.exitCode, ran.stderr + ran.stdout).toBe(0)
    return JSON.parse(ran.stdout) as Record<string, unknown>
  } finally {
    input.mockRestore()
  }
}

let folders = 0
function nextFolder(): string {
  return `folder-${folders++}`
}

/** As it stands in the file: what opens one to use it refuses keys below the threshold. */
function rowIdsOf(name: string): number[] {
  const file = core.openLev(work.path(name))
  try {
    return [...file.read('rowIds', 'u64')]
  } finally {
    file.close()
  }
}

const searched = (keys: string) =>
  `--keys ${keys} --queries Q.npy --workers 0 --out pairs.csv --universal u.lev`

/**
 * The commands that leave a U, and how many keys they choose from: rows, or keys that were chosen before. Rows of a file
 * that is appended count from 0 while they are chosen from.
 */
const WITH_FILE: [line: string, keys: (number | string)[], alsoDropped?: number][] = [
  ...tiered(['2'], ['.5', '2', '3', '4']).flatMap((p): [string, number[]][] => [
    [`run ${searched('D.npy')} --p ${p}`, [FEW]],
    [`run ${searched('S.npy')} --p ${p}`, [FEW]],
    [`build - --out u.lev --p ${p}`, [ROWS]],
  ]),
  [`build K.npy --out u.lev --workers 0 --shard-rows 4096`, [ROWS]],
  [`run ${searched('K.npy')} --epsilon .5 --shards 1`, [ROWS]],
  [`run ${searched('-')} --p 3`, [ROWS]],
  [`run ${searched('D.npy')} --p 3 --passes 1`, [FEW]],
  [`run ${searched('D.npy')} --p 3 --tighten`, [FEW]],
  [`run ${searched('D.npy')} --keep 25`, [FEW]],
  [`run ${searched('D.npy')} --method sketch --delta 1e-3`, [FEW]],
  [`run ${searched('D.npy')} --causal --query-start 295`, [FEW]],
  [`run ${searched('S.npy')} --causal --query-start 295 --p 3`, [FEW]],
  [`run ${searched('K.npy')} --checkpoint RUN --shard-rows 4096`, [ROWS]],
  [`build K.npy --append early-2.lev --out u.lev --workers 0`, ['early-2.lev', ROWS], FEW + HEAVY],
  [`build K.npy --append early-3.lev --out u.lev --workers 0`, ['early-3.lev', ROWS], FEW + HEAVY],
  [`build - --append early-2.lev --out u.lev`, ['early-2.lev', ROWS]],
  [`merge early-2.lev late-2.lev --out u.lev`, ['early-2.lev', 'late-2.lev']],
  [`merge early-3.lev late-3.lev --out u.lev`, ['early-3.lev', 'late-3.lev']],
]

test.each(WITH_FILE)('%s', async (line, keys, alsoDropped) => {
  const chosen = async (from: Product) => {
    await runLine(from, line.replace('RUN', nextFolder()))
    return rowIdsOf('u.lev')
  }
  const counts = keys.map((one) => (typeof one === 'number' ? one : rowIdsOf(one).length))
  const count = counts.reduce((sum, one) => sum + one)
  await expectFollowed(chosen, count, [HEAVY, alsoDropped])
})

test('steps', async () => {
  const chosen = async (from: Product) => {
    const folder = nextFolder()
    await runLine(from, `plan --keys K.npy --queries Q.npy --run ${folder} --shard-rows 4096`)
    for (const level of [0, 1])
      for (const index of [0, 1])
        await runLine(from, `step map --run ${folder} --level ${level} --index ${index}`)
    await runLine(from, `step finish --run ${folder}`)
    return rowIdsOf(`${folder}/result/universal.lev`)
  }
  await expectFollowed(chosen, ROWS)
})

test.each(tiered([3], [2, 3]))('a live summary, p = %s', async (p) => {
  const chosen = async (from: Product) => {
    await using lev = await from.levattention({ workers: 0 })
    await using summary = await lev.liveSummary({ dim: COLS, p })
    await summary.push(keysOf(ROWS, 1))
    return [...(await summary.universalSet()).rowIds]
  }
  await expectFollowed(chosen, ROWS)
})

test.each([
  'run --keys D.npy --segment 100 --workers 0 --out pairs.csv',
  'run --keys H.npy --queries HQ.npy --heads all --workers 0 --out HEADS',
])('%s', async (line) => {
  const found = async (from: Product) => await runLine(from, line.replace('HEADS', nextFolder()))
  const { heads, ...all } = await found(await productOf(keepAll))
  for (const { universalFraction } of (heads ?? [all]) as { universalFraction: number }[])
    expect(universalFraction).toBe(1)
  // For p = 2 the pairs are those of U.
  const pairs = Number((await found(await productOf(dropOne))).pairs)
  expect(pairs).toBeLessThan(Number((await found(product)).pairs))
})

test('a causal search drops keys of its prefix', async () => {
  await runLine(product, 'build D.npy --causal --out causal.lev')
  const line = 'query --universal causal.lev --queries D.npy --keys D.npy --workers 0 --out pairs.csv'
  const pairs = Number((await runLine(await productOf(dropOne), line)).pairs)
  expect(pairs).toBeLessThan(Number((await runLine(product, line)).pairs))
})

// A plan has shards that choose their own keys from half a million rows on.
test('a shard that chooses its own keys', async () => {
  const chosen = ({ matrix, summarizeShard, scalarKernels }: typeof core) => {
    const source = matrix(keysOf(FEW, 1), { rows: FEW, cols: COLS })
    return summarizeShard({ source, range: { rowStart: 0, rowEnd: FEW }, kernels: scalarKernels() }, 0.05)
      .candidates?.count
  }
  expect(chosen(core)).toBeLessThan(FEW)
  expect(chosen((await keepAll.load('core', 'internal')) as typeof core)).toBe(FEW)
})

test('what only counts keys counts those that the filter keeps', async () => {
  const other = await productOf(keepAll)
  const { curve } = await runLine(other, 'curve D.npy --workers 0')
  for (const { universalSize } of curve as { universalSize: number }[]) expect(universalSize).toBe(FEW)
  const line = 'query --universal early-2.lev --queries Q.npy --epsilon .9 --workers 0 --out pairs.csv'
  expect((await runLine(other, line)).universalSize).toBe(rowIdsOf('early-2.lev').length)
})

/** `chosen`: U as a product finds it, by row ids, among `count` keys. */
async function expectFollowed(
  chosen: (from: Product) => Promise<number[]>,
  count: number,
  dropped: readonly (number | undefined)[] = [HEAVY],
): Promise<void> {
  const own = await chosen(product)
  expect(own).toContain(HEAVY)
  expect(own.length).toBeLessThan(count)
  expect(await chosen(await productOf(keepAll))).toHaveLength(count)
  const found = new Set(await chosen(await productOf(dropOne)))
  expect(found).toEqual(new Set(own.filter((rowId) => !dropped.includes(rowId))))
}
