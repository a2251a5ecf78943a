// Catches: bundles that are made again though nothing has changed, or are not though something has; a last line of set-up that names other
// kernels than run. Cannot catch: what esbuild makes of the files.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { FoundNative } from '@levattention/core/internal'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROOT } from '../support/command.mjs'

interface Bundle {
  readonly hashOf: (inputs: readonly string[], dist: string) => string
  readonly setup: () => Promise<void>
}
interface ReadyLine {
  readonly readyLine: (found: FoundNative) => string
}
/** Scripts are no part of what the tests are compiled with. */
const script = async (name: string): Promise<unknown> =>
  await import(new URL(`../../scripts/${name}`, import.meta.url).href)
const { hashOf, setup } = (await script('bundle.mjs')) as Bundle
const { readyLine } = (await script('setup/ready-line.mjs')) as ReadyLine

let folder = ''
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lev-bundles-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('bundles stay where nothing has changed', async () => {
  const seen = () =>
    ['core/dist/bundle/msgpackr.js', 'worker/dist/bundle/pool-entry.cjs', 'coordinator/dist/bundle/main.js']
      .map((path) => statSync(join(ROOT, 'packages', path)))
      .map(({ ino, mtimeMs }) => [ino, mtimeMs])
  const before = seen()
  await setup()
  expect(seen()).toEqual(before)
})

test('what goes in, its map and what came of it are all looked at', () => {
  mkdirSync(join(folder, 'bundle'))
  const input = join(folder, 'in.js')
  const inputs = [relative(ROOT, input)]
  const hash = () => hashOf(inputs, `${folder}/`)
  writeFileSync(input, 'one')
  writeFileSync(join(folder, 'bundle', 'out.js'), 'one')
  const hashes = [hash()]
  expect(hash()).toBe(hashes[0])
  for (const name of ['in.js', 'in.js.map', 'bundle/out.js', 'bundle/more.js']) {
    writeFileSync(join(folder, name), 'two')
    hashes.push(hash())
  }
  expect(new Set(hashes).size).toBe(5)
  rmSync(input)
  expect(hash).toThrow(/ENOENT/)
})

test('the last line of set-up names the kernels that run', () => {
  const choice = { path: 'x.node', level: 'avx2' }
  const next = 'Next: npm run demo, or ./node_modules/.bin/levattention --help'
  expect(readyLine({ state: 'built', choice })).toBe(`LevAttention is ready: native kernels (avx2). ${next}`)
  for (const found of [{ state: 'absent' }, { state: 'unusable', reason: 'damaged' }] as const)
    expect(readyLine(found)).toBe(`LevAttention is ready: WebAssembly kernels. ${next}`)
})
