/** Inputs of a run folder that change in silence: other bytes of the same size and time of modification. */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { npyBytes } from '../../support/npy.mjs'
import { jsonHere } from '../cli/in-process.ts'
import { allSteps } from './support.ts'

/** Of the file whose tests run: files share this module. */
export let work: Workspace
export const ROWS = 9000
export const COLS = 5
export const K = gaussianRows(ROWS, COLS, 1, 20)
export const Q = gaussianRows(90, COLS, 2)
export const CUT = ['--shard-rows', '4096', '--fan-in', '2', '--query-batches', '3']
export const BOTH = ['--keys', 'K.npy', '--queries', 'Q.npy', ...CUT]
/** Two passes over the keys and more. */
export const PASSES = [...BOTH, '--p', '3']

/** Writes a file of one time of modification, whatever it holds. */
export function put(name: string, bytes: Uint8Array): void {
  writeFileSync(work.path(name), bytes)
  utimesSync(work.path(name), 1000, 1000)
}

/** Writes other bytes where a file lies, of the same size and time of modification. */
export function rewrite(name: string, bytes: Uint8Array): void {
  const { mtimeNs, size } = statSync(work.path(name), { bigint: true })
  put(name, bytes)
  expect(statSync(work.path(name), { bigint: true })).toMatchObject({ size, mtimeNs })
}

/** One bit of one number, the `at`-th from the file's end, in floats of 4 bytes. */
export function flip(name: string, at: number): void {
  const bytes = readFileSync(work.path(name))
  bytes[bytes.length - 4 * at] ^= 1
  rewrite(name, bytes)
}

/** Where key `row` begins, counted from the end. */
export const fromEnd = (row: number) => (ROWS - row) * COLS

export const another = (changed: string): [name: string, bytes: Buffer] =>
  changed === 'keys'
    ? ['K.npy', npyBytes([ROWS, COLS], gaussianRows(ROWS, COLS, 7, 20))]
    : ['Q.npy', npyBytes([90, COLS], gaussianRows(90, COLS, 8))]

export function restore(): void {
  put('K.npy', npyBytes([ROWS, COLS], K))
  put('Q.npy', npyBytes([90, COLS], Q))
}

export const step = async (name: string, ...args: string[]) =>
  await jsonHere(work, 'step', name, '--run', 'r', ...args)
export const refused = (file: string) => ({
  exitCode: 75,
  error: { tag: 'InputChanged', file: work.path(file), message: expect.stringContaining(work.path(file)) },
})

/** Inputs as they were planned for before each test of the file that asks, and a run folder `whole` of theirs. */
export function usePlannedInputs(): void {
  afterAll(() => work.remove())
  beforeAll(async () => {
    work = new Workspace()
    restore()
    await allSteps(work, 'whole', PASSES, { merges: 1 })
  })
  beforeEach(() => {
    restore()
    for (const name of ['r', 'o.npz']) rmSync(work.path(name), { recursive: true, force: true })
  })
}
