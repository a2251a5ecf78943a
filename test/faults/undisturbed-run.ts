/** One command that first runs in this thread, undisturbed: what it leaves is what it has to leave whatever its workers do. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { expectCleanFailure, type FaultyRan } from './support.ts'

/** Far above any limit that a test sets, for a busy machine; below any time that a hang would take. */
const LIMIT_MS = 60_000
const OUTPUTS = ['h.npz', 'u.lev'] as const
const COMMAND = 'run --keys K.npy --epsilon .01 --shard-rows 4096 --quiet --out h.npz --universal u.lev'

export class UndisturbedRun {
  readonly work = new Workspace()
  readonly args = COMMAND.split(' ') as [string, ...string[]]
  #standing: string[] = []
  #wanted: string[] = []

  /** Makes the keys, five shards of them, and runs. */
  async make(): Promise<void> {
    this.work.npy('K.npy', [20_480, 8], gaussianRows(20_480, 8, 1, 9))
    this.#standing = this.work.names()
    expect(await runHere(this.work, ...this.args, '--workers', '0')).toMatchObject({ exitCode: 0 })
    this.#wanted = this.#takeOutputs()
  }

  /** The outputs are those of the undisturbed run, and nothing else is left; they go. */
  expectSameBytes(): void {
    expect(this.#takeOutputs()).toEqual(this.#wanted)
  }

  /** A run that went on in spite of `faultCount` faults: in silence, in time, no thread left, to the same bytes. */
  expectCompleted(ran: FaultyRan, faultCount: number): void {
    expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: '', faults: faultCount, threadsLeft: 0 })
    expect(ran.ms).toBeLessThan(LIMIT_MS)
    this.expectSameBytes()
  }

  /** A run that was given up: 70, one line of `text`, in time, no thread or file left. */
  expectGivenUp(ran: FaultyRan, text: RegExp): void {
    expectCleanFailure(this.work, ran, 70, [text], this.#standing, LIMIT_MS)
  }

  expectNothingLeft(): void {
    expect(this.work.names()).toEqual(this.#standing)
  }

  #takeOutputs(): string[] {
    const bytes = OUTPUTS.map((name) => readFileSync(this.work.path(name)).toString('base64'))
    for (const name of OUTPUTS) this.work.removeFile(name)
    this.expectNothingLeft()
    return bytes
  }
}

/** Made before the tests of the file that asks, removed after them. */
export function undisturbedRun(): UndisturbedRun {
  const run = new UndisturbedRun()
  beforeAll(() => run.make())
  afterAll(() => run.work.remove())
  return run
}
