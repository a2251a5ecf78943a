// Catches: a command or the library that fails, or gives other bytes, under a limit on address space; advice that does not
// work; a summary that names other kernels or threads than ran. Cannot catch: limits at which node itself does not start.
import { collect } from '../support/advice/collect.ts'
import { ran as wasTyped } from '../support/advice/ran.ts'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMAND } from '../support/command.mjs'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { jsonHere } from '../coordinator/cli/in-process.ts'
import { tiered } from '../support/tier.ts'

const RUN = 'run --keys K.npy --queries Q.npy --out h.npz --universal u.lev --shard-rows 4096 --force --json'

interface Summary {
  readonly workers: number
  readonly kernels: string
  readonly warnings: { code: string; message: string }[]
  readonly error?: { tag: string; message: string }
}

const work = new Workspace()
let wanted: string[] = []
beforeAll(async () => {
  work.npy('K.npy', [20_480, 8], gaussianRows(20_480, 8, 1, 9))
  work.npy('Q.npy', [300, 8], gaussianRows(300, 8, 2))
  const args = [...RUN.split(' '), '--kernels', 'wasm', '--workers', '0'] as unknown as [string]
  expect(await jsonHere(work, ...args)).toMatchObject({
    kernels: 'wasm',
    warnings: [],
  })
  wanted = outputs()
})
afterAll(() => work.remove())

function outputs(): string[] {
  const bytes = ['h.npz', 'u.lev'].map((name) => readFileSync(work.path(name)).toString('base64'))
  for (const name of ['h.npz', 'u.lev']) work.removeFile(name)
  return bytes
}

/** Runs node with `args` under `ulimit -v`; what it prints, and its exit code. */
function underLimit(gib: number, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const command = `ulimit -v ${gib * 2 ** 20}; exec "$0" "$@"`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, ...args], {
    cwd: work.folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
  return { exitCode: status, stdout, stderr }
}

function runUnder(gib: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): Summary {
  const ran = underLimit(gib, [COMMAND, ...RUN.split(' '), '--quiet', ...args], env)
  expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0)
  expect(outputs()).toEqual(wanted)
  return JSON.parse(ran.stdout) as Summary
}

const codes = ({ warnings }: Summary) => warnings.map(({ code }) => code)

describe.runIf(process.platform === 'linux')('under ulimit -v', () => {
  test.each(
    tiered(
      [[4, '2']],
      [16, 8, 4, 2, 1].flatMap((gib) =>
        ['0', '1', '2', '64'].map((workers): [number, string] => [gib, workers]),
      ),
    ),
  )('%i GiB, %s workers: the same bytes by scalar kernels', (gib, workers) => {
    const found = runUnder(gib, ['--workers', workers])
    expect(found.kernels).toBe('scalar')
    expect(codes(found)).toContain('scalar-kernels')
    expect(found.workers).toBeLessThanOrEqual(Number(workers))
    if (gib === 1 && workers !== '0') expect(codes(found)).toContain('fewer-workers')
    if (gib >= 4 && workers === '2') expect(found.workers).toBe(2)
  })

  test('the flag that the warning names gives the fast kernels', () => {
    const [warning] = runUnder(4, ['--workers', '1']).warnings
    const [, setting] = /`NODE_OPTIONS=(\S+)`/.exec(warning.message) ?? []
    const found = runUnder(4, ['--workers', '1'], { NODE_OPTIONS: setting })
    expect(found).toMatchObject({ workers: 1, warnings: [] })
    expect(['native', 'wasm']).toContain(found.kernels)
    collect(warning.message)
    wasTyped(`NODE_OPTIONS=${setting}`)
  })

  test('kernels that were asked for by name and have no room are refused, with the flag that works', () => {
    const refused = underLimit(4, [COMMAND, ...RUN.split(' '), '--kernels', 'wasm'])
    expect(refused.exitCode).toBe(75)
    const { error } = JSON.parse(refused.stdout) as Summary
    expect(error?.tag).toBe('SystemLimit')
    const [, setting] = /`NODE_OPTIONS=(\S+)`/.exec(error?.message ?? '') ?? []
    const args = ['--kernels', 'wasm', '--workers', '0']
    expect(runUnder(4, args, { NODE_OPTIONS: setting }).kernels).toBe('wasm')
  })

  test('the library, sessions and live summaries take the room that there is', () => {
    const program = fileURLToPath(new URL('./library-in-little-space.mjs', import.meta.url))
    const free = spawnSync(process.execPath, [program, 'K.npy', '2'], { cwd: work.folder, encoding: 'utf8' })
    const { exitCode, stdout, stderr } = underLimit(4, [program, 'K.npy', '64'])
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toBe(free.stdout)
    expect(stderr).toContain('LevAttentionWarning: the limit on address space')
    expect(stderr).toMatch(/room for \d worker threads, not for 64/)
  })

  test.each(
    tiered(
      [],
      [
        ['build', 'K.npy', '--out', 'b.lev'],
        ['build', 'K.npy', '--p', '3', '--out', 'b.lev'],
        ['build', 'K.npy', '--causal', '--out', 'b.lev'],
        ['build', 'K.npy', '--method', 'sketch', '--out', 'b.lev'],
        ['scores', 'K.npy', '--out', 'b.npy'],
        ['sample', 'K.npy', '--rows', '50', '--out', 'b.npz'],
        ['run', '--keys', 'K.npy', '--segment', '64', '--out', 'b.npz'],
      ],
    ),
  )('%s %s %s %s: the same bytes', async (...args) => {
    const out = args.at(-1)!
    await jsonHere(work, ...(args as [string, ...string[]]), '--workers', '0')
    const bytes = readFileSync(work.path(out))
    work.removeFile(out)
    const ran = underLimit(2, [COMMAND, ...args, '--workers', '2', '--quiet'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(readFileSync(work.path(out)).equals(bytes)).toBe(true)
    work.removeFile(out)
  })
})
