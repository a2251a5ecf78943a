// Catches: a bundle that runs otherwise than by `require`, code of another text of the same length, damaged code. Cannot catch: code of
// another V8, which V8 itself refuses.
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadScript } from '@levattention/core/internal/load-script'

const folder = mkdtempSync(join(tmpdir(), 'lev-script-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A bundle whose first line tells `digit` 32 times for a hash. */
function bundle(digit: string, body: string): string {
  const path = join(folder, 'bundle.cjs')
  writeFileSync(path, `// ${digit.repeat(32)}\n${body}`)
  return path
}

function load(path: string, compiled: string) {
  return loadScript(path, join(folder, compiled))
}

test('runs as a module of its own, with require, its place and an error at its own line', () => {
  const path = bundle(
    'a',
    "exports.sep = require('node:path').sep\nexports.place = [__filename, __dirname]\nexports.fail = () => { throw new Error('x') }",
  )
  const { exports, wasKept } = load(path, 'first') as unknown as {
    exports: { sep: string; place: string[]; fail: () => void }
    wasKept: boolean
  }
  expect(wasKept).toBe(false)
  expect(exports.place).toEqual([path, folder])
  expect(exports.sep).toBe('/')
  let stack = ''
  try {
    exports.fail()
  } catch (error) {
    stack = String((error as Error).stack)
  }
  expect(stack).toContain(`${path}:4:`)
})

test('takes the code that was kept, and that of no other text of the same length', () => {
  const first = load(bundle('b', 'exports.value = () => 1'), 'kept')
  first.keepCode()
  expect(load(bundle('b', 'exports.value = () => 1'), 'kept').wasKept).toBe(true)
  const other = load(bundle('c', 'exports.value = () => 2'), 'kept')
  expect(other.wasKept).toBe(false)
  expect((other.exports as { value: () => number }).value()).toBe(2)
})

test('goes on without code that is cut or changed', () => {
  const path = bundle('d', 'exports.value = () => [1, 2, 3].map((x) => x + 1)')
  load(path, 'damaged').keepCode()
  const [name] = readdirSync(join(folder, 'damaged'))
  const file = join(folder, 'damaged', name)
  const whole = readFileSync(file)
  for (const at of [0, 5, 9, Math.floor(whole.length / 2), whole.length - 1]) {
    const changed = Buffer.from(whole)
    changed[at] ^= 0x40
    writeFileSync(file, changed)
    expect(load(path, 'damaged').wasKept, `byte ${at}`).toBe(false)
  }
  for (const length of [0, 4, 8, whole.length - 1]) {
    writeFileSync(file, whole)
    truncateSync(file, length)
    expect(load(path, 'damaged').wasKept, `${length} bytes`).toBe(false)
  }
  writeFileSync(file, whole)
  expect(load(path, 'damaged').wasKept).toBe(true)
})

test('a bundle without a hash is never kept', () => {
  const path = join(folder, 'plain.cjs')
  writeFileSync(path, 'exports.value = 1')
  const loaded = load(path, 'plain')
  loaded.keepCode()
  expect(loaded.exports).toEqual({ value: 1 })
  expect(readdirSync(folder)).not.toContain('plain')
})
