// Catches: a call that a message of the library tells programs to make, and that fails. Cannot catch: advice in plain words.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import {
  inflateInput,
  isLevError,
  matrix,
  openHeads,
  openMatrix,
  type UniversalSet,
} from '@levattention/core'
import { type LevAttention, levattention, saveUniversalSet } from '@levattention/coordinator'
import { cannotStart } from '#coordinator/engines/worker-lost'
import { newRows, npyHeader } from '@levattention/core/internal'
import { afterAll, describe, expect, test } from 'vitest'
import { gaussianRows } from '../coordinator/cli/bin.ts'
import { temporaryFolder } from '../core/inputs/fixtures.ts'
import { writeArchive } from '../core/files/zip-archive.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'

countAdvice(import.meta.url)

/** The one line that the error of `call` gives. */
function lineOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (!isLevError(error)) throw error
    const [line, ...others] = codeSpans(error.message)
    expect(others).toEqual([])
    return line
  }
  throw new Error('nothing was thrown')
}

test('a compressed member is inflated, and opened from there', async () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6)
  const data = Buffer.concat([npyHeader('<f4', [3, 2]), Buffer.from(values.buffer)])
  const address = writeArchive([{ name: 'k.npy', method: 8, data }])
  await readsBack(address, {}, [...values])
  await readsBack(address, { layout: 'nd' }, [...values], [openHeads])
  const bits = Buffer.concat([npyHeader('<u2', [1, 2]), Buffer.from(Uint16Array.of(0x3f80, 0x4000).buffer)])
  await readsBack(writeArchive([{ name: 'k.npy', method: 8, data: bits }]), { isBfloat16: true }, [1, 2])
})

test.each([
  { columns: 'b,a' },
  { id: 'name' },
  { header: 'yes', columns: 'a' },
  { columns: "it's", id: '0' },
  { id: 'name', header: 'yes' },
  { columns: 'a,b', id: 'name', header: 'yes' },
] as const)('a table is turned as it was to be read: %o', async (options) => {
  const path = join(temporaryFolder(), 't.csv')
  writeFileSync(path, "name,a,b,it's\nx,1,2,3\ny,4,5,6\n")
  const { columns = "a,b,it's" } = options
  const numbers: Record<string, readonly number[]> = { a: [1, 4], b: [2, 5], "it's": [3, 6] }
  const wanted = [0, 1].flatMap((row) => columns.split(',').map((name) => numbers[name][row]))
  await readsBack(path, options, wanted)
})

test('heads that are bad are left out as the message says', async () => {
  const path = join(temporaryFolder(), 'heads.npy')
  const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)).with(3, NaN)
  writeFileSync(path, Buffer.concat([npyHeader('<f4', [2, 4, 3]), Buffer.from(values.buffer)]))
  const heads = openHeads(path)
  const lev = await levattention({ workers: 0 })
  const asked = (options: object) => lev.coverage({ queries: heads, keys: heads }, { keep: [2], ...options })
  const refused = await asked({}).catch((error: unknown) => error)
  const [line] = codeSpans((refused as Error).message)
  expect(line).toBe('skipBadHeads: true')
  const coverage = await asked(runInThisContext(`({ ${line} })`) as object)
  expect([coverage.heads.map(({ index }) => index), coverage.skippedHeads?.length]).toEqual([[1], 1])
  await lev.close()
  ran(line)
})

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...given: unknown[]) => Promise<ReturnType<typeof openMatrix> | ReturnType<typeof openHeads>>

/** Types the line that `openMatrix` and `openHeads` give for `address`, and reads the matrix. */
async function readsBack(
  address: string,
  options: object,
  wanted: readonly number[],
  opens: readonly (typeof openMatrix | typeof openHeads)[] = [openMatrix, openHeads],
): Promise<void> {
  for (const open of opens) {
    const line = lineOf(() => open(address, options))
    const names = ['openMatrix', 'openHeads', 'inflateInput', 'address', 'folder'] as const
    const typed = new AsyncFunction(...names, `return ${line}`)
    const opened = await typed(openMatrix, openHeads, inflateInput, address, temporaryFolder())
    const source = 'headCount' in opened ? opened.open(0) : opened
    const rows = newRows(source.element, wanted.length)
    source.readRows(0, source.rows, rows)
    expect([...rows]).toEqual(wanted)
    source.close()
    ran(line)
  }
}

test('a layout that does not fit the array is told as the option that does', () => {
  const data = Buffer.concat([npyHeader('<f4', [2, 3, 2, 2]), new Uint8Array(4 * 24)])
  const address = join(temporaryFolder(), 'k.npy')
  writeFileSync(address, data)
  for (const layout of ['shd', 'bsxd']) {
    const line = lineOf(() => openHeads(address, { layout }))
    expect(line).toBe("layout: 'bshd'")
    const options = runInThisContext(`({ ${line} })`) as { layout: string }
    expect(openHeads(address, options)).toMatchObject({ headCount: 4, rows: 3, cols: 2 })
    ran(line)
  }
})

describe('options by their names in the library', async () => {
  const lev = await levattention({ workers: 0 })
  const [n, d] = [9000, 3]
  const keys = matrix(gaussianRows(n, d, 1, 3), { rows: n, cols: d })
  const late = matrix(gaussianRows(10, d, 2), { rows: 10, cols: d })
  const set = await lev.universalSet(keys)
  const causal = await lev.universalSet(keys, { causal: true })
  const cubic = await lev.universalSet(keys, { p: 3 })
  afterAll(() => lev.close())

  /** All batches of pairs of `late`. */
  async function pairs(
    ...[universal, options]: [typeof set, Parameters<typeof lev.heavyAttentions>[2]?]
  ): Promise<void> {
    for await (const batch of lev.heavyAttentions(universal, late, { keys, ...options }))
      expect(batch).toBeDefined()
  }

  async function withThreads(options: object): Promise<void> {
    const other = await levattention(options)
    expect((await other.universalSet(keys)).rowIds).toEqual(set.rowIds)
    await other.close()
  }

  /** A call, which options of it are wrong, and how it is made with the ones that the message names. */
  test.each<[span: string, wrong: () => Promise<unknown>, right: (options: object) => Promise<unknown>]>([
    [
      'shardRows: 8192',
      () => lev.universalSet(keys, { shardRows: 5000 }),
      (said) => lev.universalSet(keys, said),
    ],
    [
      "method: 'sketch'",
      () => lev.universalSet(keys, { causal: true, method: 'sketch' }),
      (said) => lev.universalSet(keys, { delta: 0.1, ...said }),
    ],
    [
      "method: 'exact'",
      () => lev.universalSet(keys, { causal: true, method: 'sketch' }),
      (said) => lev.universalSet(keys, { causal: true, ...said }),
    ],
    [
      'passes: 1',
      () => lev.universalSet(keys, { p: 3, passes: 1, tighten: true }),
      (said) => lev.universalSet(keys, { p: 3, ...said }),
    ],
    ['queryStart: 8990', () => pairs(causal), (said) => pairs(causal, said)],
    ['causal: true', () => pairs(set, { queryStart: 8990 }), (said) => lev.universalSet(keys, said)],
    ["scores: 'interval'", () => pairs(set, { scores: 'interval' }), (said) => pairs(cubic, said)],
    [
      'delta: 1e-6',
      () => pairs(cubic, { scores: 'estimate', delta: 1 }),
      (said) => pairs(cubic, { scores: 'estimate', ...said }),
    ],
    ['epsilon: 0.001', () => pairs(set, { epsilon: 0.001 }), (said) => lev.universalSet(keys, said)],
    [
      'keyRows: { rowStart: 0, rowEnd: 9000 }',
      () => lev.universalSet(keys, { keyRows: { rowStart: 5, rowEnd: 9001 } }),
      (said) => lev.universalSet(keys, said),
    ],
    [
      'queryRows: { rowStart: 2, rowEnd: 7 }',
      () => pairs(set, { queryRows: '2:7' as never }),
      (said) => pairs(set, said),
    ],
    // Where a thread cannot start (test/faults): the same work without.
    ['workers: 0', () => Promise.reject(cannotStart(new Error('broken'))), (said) => withThreads(said)],
  ])('%s', async (span, wrong, right) => {
    const message = await wrong().then(
      () => '',
      (error: unknown) => (isLevError(error) ? error.message : String(error)),
    )
    expect(codeSpans(message)).toContain(span)
    const said = runInThisContext(`({ ${span} })`) as object
    await right(said)
    ran(span)
  })
})

test.each<[what: string, use: (lev: LevAttention, set: UniversalSet) => Promise<unknown>]>([
  ['merged', async (lev, set) => await lev.merge([set])],
  ['saved', async (_, set) => await saveUniversalSet(set, join(temporaryFolder(), 'u.lev'))],
])('a set of p = 3 is made as is said where it is to be %s', async (_, use) => {
  const lev = await levattention({ workers: 0 })
  const keys = matrix(gaussianRows(40, 3, 1, 3), { rows: 40, cols: 3 })
  const refused = await use(lev, await lev.universalSet(keys, { p: 3 })).catch((error: unknown) => error)
  expect(refused).toMatchObject({ tag: 'Option', place: { option: 'mergeable' } })
  const [line] = codeSpans((refused as Error).message)
  const said = runInThisContext(`({ ${line} })`) as object
  await use(lev, await lev.universalSet(keys, { p: 3, ...said }))
  await lev.close()
  ran(line)
})

test('a set is saved in place of another where it is told so', async () => {
  const lev = await levattention({ workers: 0 })
  const universal = await lev.universalSet(matrix(Float32Array.of(1, 0, 0, 1), { rows: 2, cols: 2 }))
  await lev.close()
  const path = join(temporaryFolder(), 'u.lev')
  await saveUniversalSet(universal, path)
  const refused = await saveUniversalSet(universal, path).catch((error: unknown) => error)
  const [line] = codeSpans((refused as Error).message)
  expect(line).toBe('force: true')
  await saveUniversalSet(universal, path, runInThisContext(`({ ${line} })`) as { force: boolean })
  ran(line)
})
