/** Runs the real command in a process of its own, and makes small inputs for it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { collect } from '../../support/advice/collect.ts'
import { Random } from '../../support/matrices.ts'

const BIN = fileURLToPath(new URL('../../../packages/coordinator/bin/levattention.mjs', import.meta.url))

export interface Ran {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

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
    return spawn(process.execPath, [BIN, ...args], {
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

export async function ended(child: ChildProcess): Promise<Ran> {
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (piece: string) => (text[name] += piece))
  }
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  collect(text.stdout + text.stderr)
  return { exitCode, ...text }
}

/** Gaussian rows, the first `long` of them 40 times longer. */
export function gaussianRows(rows: number, cols: number, seed: number, long = 0): Float32Array {
  const random = new Random(seed)
  return Float32Array.from({ length: rows * cols }, (_, i) => random.normal() * (i < long * cols ? 40 : 1))
}

export function npyBytes(shape: readonly number[], data: Float32Array | Float64Array): Buffer {
  const descr = data instanceof Float64Array ? '<f8' : '<f4'
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`
  const header = dict.padEnd(117) + '\n'
  const length = Buffer.from(Uint16Array.of(header.length).buffer)
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(header),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ])
}
