// Catches: heads with a NaN or infinity that the library meets only when others are done, names otherwise than the command, or leaves out
// with others, unlisted or with other numbers. Cannot catch: what both get wrong (test/coordinator/cli).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levattention, type LevAttention, type SkippedHead } from '@levattention/coordinator'
import { type Heads, openHeads, openMatrix } from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMAND } from '../../support/command.mjs'
import { npyBytes, readNpy, readNpz } from '../../support/npy.mjs'
import { gaussianRows } from '../cli/bin.ts'

// Two query heads a key head; of each kind one is bad.
const [HEADS, M, N, D] = [6, 20, 60, 4] as const
const folder = mkdtempSync(join(tmpdir(), 'lev-bad-heads-'))
const path = (name: string) => join(folder, name)
const numbers = (count: number, seed: number, bad?: number) => {
  const values = gaussianRows(count, D, seed)
  return bad === undefined ? values : values.with(bad, NaN)
}
writeFileSync(path('Q.npy'), npyBytes([HEADS, M, D], numbers(HEADS * M, 1, (1 * M + 3) * D + 2)))
writeFileSync(path('K.npy'), npyBytes([HEADS / 2, N, D], numbers((HEADS / 2) * N, 2, 2 * N * D)))
writeFileSync(path('V.npy'), npyBytes([HEADS / 2, N, D], numbers((HEADS / 2) * N, 3)))
const GOOD = [0, 2, 3]
const LEFT_OUT = [
  { head: 1, input: 'queries', address: `${path('Q.npy')}#[1]`, row: 3, column: 2, value: 'NaN', count: 1 },
  ...[4, 5].map((head) => ({
    head,
    input: 'keys',
    address: `${path('K.npy')}#[2]`,
    row: 0,
    column: 0,
    value: 'NaN',
    count: 1,
  })),
]

interface Said {
  readonly skippedHeads?: unknown
  readonly heads?: unknown
}
const said = new Map<string, Said>()

/** What the command says; once for all threads. */
function command(...args: readonly string[]): Said {
  const known = said.get(args.join(' ')) ?? ranCommand(args)
  said.set(args.join(' '), known)
  return known
}

function ranCommand(args: readonly string[]): Said {
  const files = [...args, '--heads', 'all', '--skip-bad-heads', '--workers', '0', '--quiet', '--json']
  const options = { cwd: folder, encoding: 'utf8' } as const
  const { stdout, stderr, status } = spawnSync(process.execPath, [COMMAND, ...files], options)
  expect([stderr, status]).toEqual(['', 0])
  return JSON.parse(stdout) as Said
}
const QK = ['--queries', path('Q.npy'), '--keys', path('K.npy')]

afterAll(() => rmSync(folder, { recursive: true }))

describe.each([0, 2])('workers: %d', (workers) => {
  let lev: LevAttention
  let sources: { readonly queries: Heads; readonly keys: Heads; readonly values: Heads }
  beforeAll(async () => {
    lev = await levattention({ workers })
    const [queries, keys, values] = ['Q', 'K', 'V'].map((name) => openHeads(path(`${name}.npy`)))
    sources = { queries, keys, values }
  })
  afterAll(() => lev.close())

  test('heads that are left out are listed, and the others’ outputs are the command’s', async () => {
    command('attend', ...QK, '--values', path('V.npy'), '--keep', '5', '--out', 'O.npy', '--force')
    const wanted = readNpy(path('O.npy')).data
    const listed: SkippedHead[] = []
    const found: number[] = []
    const options = { selection: { rule: 'leverage', keep: 5 } } as const
    const told = (head: SkippedHead) => void listed.push(head)
    for await (const { head, output } of lev.attend(sources, { ...options, skipBadHeads: told })) {
      expect([...output]).toEqual([...wanted.subarray(head.index * M * D, (head.index + 1) * M * D)])
      found.push(head.index)
    }
    expect(found).toEqual(GOOD)
    expect(listed).toEqual(LEFT_OUT)
    const alone: number[] = []
    for await (const { head } of lev.attend(sources, { ...options, skipBadHeads: true }))
      alone.push(head.index)
    expect(alone).toEqual(GOOD)
  })

  test('pairs of the others are the command’s', async () => {
    const run = ['run', '--attention', 'softmax', ...QK, '--top', '3', '--out', 'pairs', '--force']
    const { skippedHeads, heads = [] } = command(...run)
    const { queries, keys } = sources
    const listed: SkippedHead[] = []
    const found = new Map<number, number[]>()
    const options = { top: 3, skipBadHeads: (head: SkippedHead) => void listed.push(head) }
    for await (const { head, scores } of lev.softmaxPairs({ queries, keys }, options))
      found.set(head.index, [...(found.get(head.index) ?? []), ...scores])
    expect([...found.keys()]).toEqual(GOOD)
    for (const { index, file } of heads as { index: number; file: string }[])
      expect(found.get(index)).toEqual([...readNpz(path(`pairs/${file}`)).data.data])
    expect([listed, skippedHeads]).toEqual([LEFT_OUT, LEFT_OUT])
  })

  test('coverage of the others is the command’s, and lists them', async () => {
    const wanted = command('coverage', ...QK, '--keep', '5')
    const coverage = await lev.coverage(
      { queries: sources.queries, keys: sources.keys },
      { keep: [5], skipBadHeads: true },
    )
    expect(JSON.parse(JSON.stringify(coverage.heads))).toEqual(wanted.heads)
    expect([coverage.skippedHeads, wanted.skippedHeads]).toEqual([LEFT_OUT, LEFT_OUT])
  })

  test('without it bad heads are named before any work is done', async () => {
    const { queries, keys } = sources
    for (const call of [
      () => lev.attend(sources, { selection: { keep: 5 } }).next(),
      () => lev.softmaxPairs({ queries, keys }, { top: 1 }).next(),
      () => lev.coverage({ queries, keys }, { keep: [5] }),
    ]) {
      const error: unknown = await Promise.resolve(call()).catch((thrown: unknown) => thrown)
      const message = expect.stringMatching(
        /K\.npy#\[2\].*; `skipBadHeads: true` leaves such heads out$/s,
      ) as string
      expect(error).toMatchObject({ tag: 'Content', message, place: { input: 'keys', heads: [[2]] } })
    }
  })

  test('what hides the bad rows saves their head', async () => {
    const keyRows = { rowStart: 1, rowEnd: N }
    const { queries, keys } = sources
    const heads = new Set<number>()
    for await (const { head } of lev.softmaxPairs({ queries, keys }, { keyRows, skipBadHeads: true }))
      heads.add(head.index)
    expect([...heads]).toEqual([0, 2, 3, 4, 5])
  })

  test('what is told of such heads may fail, and matrices have none', async () => {
    const thrown = new Error('no')
    const told = () => {
      throw thrown
    }
    const call = lev.coverage({ queries: sources.queries, keys: sources.keys }, { skipBadHeads: told })
    await expect(call).rejects.toMatchObject({
      tag: 'Option',
      place: { option: 'skipBadHeads' },
      message: 'skipBadHeads failed: no; the call that told it was given up',
      cause: thrown,
    })
    const [queries, keys] = ['Q', 'K'].map((name) => openMatrix(path(`${name}.npy#[0]`)))
    for (const asked of [
      lev.coverage({ queries, keys }, { skipBadHeads: true }),
      lev.softmaxPairs({ queries, keys }, { skipBadHeads: true }).next(),
      lev.attend({ queries, keys, values: keys }, { selection: { keep: 1 }, skipBadHeads: true }).next(),
    ])
      await expect(asked).rejects.toMatchObject({
        tag: 'Option',
        place: { option: 'skipBadHeads' },
        message: expect.stringContaining('these are matrices') as string,
      })
  })
})
