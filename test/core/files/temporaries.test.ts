// Catches: a file of a living writer, or of one on another host, that is removed; one of a dead writer that stays. Cannot catch:
// two hosts whose kernels name their boots alike.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  isNameOfDead,
  isTemporaryName,
  removeDeadTemporaries,
  temporaryName,
} from '@levattention/core/internal'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'lev-dead-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The name of a process that has ended. */
function nameOfDead(): string {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  return temporaryName().replace(`-${process.pid}-`, `-${pid}-`)
}

test.skipIf(process.platform !== 'linux')(
  'files of the dead go, those of the living and of other hosts stay',
  () => {
    const alive = temporaryName()
    const dead = nameOfDead()
    const elsewhere = dead.replace(/^(\.levattention-)[0-9a-f]{8}/, '$10badf00d')
    const old = elsewhere.replace(/[0-9a-f]{16}/, '0'.repeat(16))
    const others = ['K.npy', '.levattention', '.other-1-2.tmp']
    for (const name of [alive, dead, elsewhere, old, ...others]) writeFileSync(join(folder, name), 'x')
    const days = Date.now() / 1000 - 25 * 3600
    for (const name of [old, ...others]) utimesSync(join(folder, name), days, days)
    removeDeadTemporaries(folder)
    expect(readdirSync(folder).sort()).toEqual([alive, elsewhere, ...others].sort())
  },
)

test('names tell one writer from another', () => {
  const names = Array.from({ length: 100 }, temporaryName)
  expect(new Set(names).size).toBe(100)
  expect(names.every((name) => isTemporaryName(name) && !isNameOfDead(name))).toBe(true)
})

test('a folder that is not there is no error', () => {
  expect(() => removeDeadTemporaries(join(folder, 'none'))).not.toThrow()
})
