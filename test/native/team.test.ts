// Catches: threads of the addon that two callers get at once, that outlive the code they run, or that keep a process from its end.
// Cannot catch: a wrong number (test/core/kernels runs every kernel on three threads).
import { execFile } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compileKernels, findNative, loadAddon, readFully, wasmKernels } from '@levattention/core/internal'
import { afterAll, describe, expect, test } from 'vitest'

const found = await findNative({})
const folder = mkdtempSync(join(tmpdir(), 'lev-team-'))
afterAll(() => rmSync(folder, { recursive: true }))
const PROGRAM = fileURLToPath(new URL('team-program.mjs', import.meta.url))

describe.skipIf(found.state !== 'built')('threads that share a call', () => {
  test.each(['callers', 'ended', 'terminated'])('%s: equal numbers, and the process ends', async (task) => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, task])
    const digests = JSON.parse(stdout) as string[]
    expect(new Set(digests).size).toBe(1)
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/)
  })

  test('a count of threads that is none is refused', () => {
    if (found.state !== 'built') return
    const addon = loadAddon(found.choice.path)
    const [level] = addon.levels
    const memory = new Uint8Array(new SharedArrayBuffer(64))
    for (const wrong of [0, -1, 1.5, 65, NaN, undefined])
      expect(() => addon.bind(memory, level, wrong as number, 0)).toThrow(/whole number from 1 to 64/)
    expect(() => addon.bind(memory, level, 2, NaN)).toThrow(/least operations/)
  })

  test('a file is read by all of them as by one, to where it ends', async () => {
    if (found.state !== 'built') return
    const path = join(folder, 'bytes')
    const bytes = Buffer.from(Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * i) % 251))
    writeFileSync(path, bytes)
    const shared = { ...found.choice, threads: 3 }
    const kernels = wasmKernels(await compileKernels(), undefined, undefined, shared)
    const into = kernels.u8(2 ** 20)
    const file = openSync(path, 'r')
    try {
      for (const position of [0, 1, 65_537, 1_951_425, 2_500_000, 2_999_999, 3_000_001, 9_000_000]) {
        into.fill(255)
        const got = readFully(file, into, position, (cause) => cause as Error)
        const want = bytes.subarray(position, position + into.length)
        expect(got).toBe(want.length)
        expect(Buffer.compare(into.subarray(0, got), want)).toBe(0)
      }
    } finally {
      closeSync(file)
    }
    const failed = () => readFully(file, into, 7, (cause, at) => new Error(`${String(cause)} at ${at}`))
    expect(failed).toThrow(/EBADF.* at 7/)
  })
})
