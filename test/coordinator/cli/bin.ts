/** Runs the real command in a process of its own, and makes small inputs for it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collect } from '../../support/advice/collect.ts'
import { COMMAND, endOf, type Ran } from '../../support/command.mjs'
import { npyBytes } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'

/** A folder of its own for one test file, and the command run in it. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'lev-cli-'))

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Names in the folder, hidden ones too. */
  names(): string[] {
    return readdirSync(this.folder).sort()
  }

  /** Names in the folder `name` below. */
  list(name: string): string[] {
    return readdirSync(this.path(name)).sort()
  }

  start(
    args: readonly string[],
    { env = {}, stdout = 'pipe' }: { env?: NodeJS.ProcessEnv; stdout?: 'pipe' | number } = {},
  ): ChildProcess {
    return spawn(process.execPath, [COMMAND, ...args], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, 'pipe'],
    })
  }

  /** `data` [...shape], row-major. */
  npy(name: string, shape: readonly number[], data: Float32Array | Float64Array): void {
    writeFileSync(this.path(name), npyBytes(shape, data))
  }

  removeFile(name: string): void {
    rmSync(this.path(name))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The environment of a command that gets `signal` when it is about to call that function of node:fs. */
export function signalAtCall(name: string, signal: NodeJS.Signals): NodeJS.ProcessEnv {
  const hook = new URL('../../support/signal-at-call.mjs', import.meta.url).href
  return { NODE_OPTIONS: `--import ${hook}`, SIGNAL_AT_CALL: `${name} ${signal}` }
}

/** The end of a command, which the advice it gave is collected from. */
export async function ended(child: ChildProcess): Promise<Ran> {
  const ran = await endOf(child)
  collect(ran.stdout + ran.stderr)
  return ran
}

/** Gaussian rows, the first `long` of them 40 times longer. */
export function gaussianRows(rows: number, cols: number, seed: number, long = 0): Float32Array {
  const random = new Random(seed)
  return Float32Array.from({ length: rows * cols }, (_, i) => random.normal() * (i < long * cols ? 40 : 1))
}
