// Catches: threads started early for small inputs or against what the arguments say, not started for large ones, left alive
// or used where other threads were asked for. Cannot catch: whether it pays (the benchmark is for that).
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EarlyEngine } from '#coordinator/engines/early-engine'
import { earlyThreads, wantsKernels } from '#coordinator/cli/early-start'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PING } from '@levattention/worker/internal'

let folder = ''
let large = ''
let small = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lev-early-'))
  large = join(folder, 'K.npy')
  small = join(folder, 'small.npy')
  writeFileSync(small, 'x')
  writeFileSync(large, '')
  truncateSync(large, 2 ** 26) // sparse
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a large file as any argument starts the threads that are asked for', () => {
  expect(earlyThreads('run', ['--keys', large, '--workers', '3'])).toBe(3)
  expect(earlyThreads('run', [`--keys=${large}`, '--workers=2'])).toBe(2)
  expect(earlyThreads('build', [`${large}#k[0]`, '--out', 'u.lev'])).toBeGreaterThan(0)
})

test('where native kernels share calls, a file that is not very large starts none but those asked for', () => {
  expect(earlyThreads('run', ['--keys', large], true)).toBe(0)
  expect(earlyThreads('run', ['--keys', large, '--workers', '2'], true)).toBe(2)
  truncateSync(large, 2 ** 30)
  expect(earlyThreads('run', ['--keys', large], true)).toBe(earlyThreads('run', ['--keys', large]))
})

test('kernels are compiled early by commands that take them, unless help or others are asked for', () => {
  expect(wantsKernels('run', ['--keys', small])).toBe(true)
  expect(wantsKernels('inspect', [small])).toBe(false)
  expect(wantsKernels('run', ['--help'])).toBe(false)
  expect(wantsKernels('run', ['--kernels=wasm'])).toBe(false)
})

test('small or missing files, help, other kernels, no threads or a wrong count start none', () => {
  expect(earlyThreads('run', ['--keys', small, '--workers', '2'])).toBe(0)
  expect(earlyThreads('run', ['--keys', join(folder, 'missing.npy')])).toBe(0)
  for (const extra of [
    ['--help'],
    ['--kernels', 'scalar'],
    ['--hang-limit', '5'],
    ['--workers', '0'],
    ['--workers', 'x'],
    ['--workers'],
  ]) {
    expect(earlyThreads('run', ['--keys', large, ...extra]), extra.join(' ')).toBe(0)
  }
  expect(earlyThreads('inspect', [large])).toBe(0)
  expect(earlyThreads('run', ['--keys', 'a\0b'])).toBe(0)
})

test('an early engine serves who wants as many threads, once; close ends it where nobody did', async () => {
  const early = new EarlyEngine(1)
  expect(early.take(2)).toBeUndefined()
  const engine = await early.take(1)
  expect(early.take(1)).toBeUndefined()
  await early.close()
  const { source } = await early.compiled
  expect(await engine?.run(PING, {})).toEqual({ kernels: source.native ? 'native' : 'wasm' })
  await engine?.close()
  const kernelsAlone = new EarlyEngine(0)
  expect(kernelsAlone.take(1)).toBeUndefined()
  expect((await kernelsAlone.compiled).kernels.threads).toBe(1)
  await kernelsAlone.close()
  const unwanted = new EarlyEngine(1)
  await unwanted.close()
  expect(unwanted.take(1)).toBeUndefined()
})
