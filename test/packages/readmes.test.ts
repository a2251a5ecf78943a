// Catches: a package without README, lines in one that do not run or print something else. Cannot catch: that they run once
// installed from an archive (packed.test.ts).
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../support/command.mjs'
import { readmeProgram } from '../support/readme-program.mjs'

const PUBLISHED = ['native', 'core', 'worker', 'coordinator']

test.each(PUBLISHED)('the program in the README of %s prints what the page says', (name) => {
  const { program, printed } = readmeProgram(name)
  const folder = mkdtempSync(join(tmpdir(), 'lev-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'node_modules/@levattention'), { recursive: true })
  for (const other of PUBLISHED)
    symlinkSync(join(ROOT, 'packages', other), join(folder, 'node_modules/@levattention', other))
  writeFileSync(join(folder, 'use.mjs'), program)
  expect(execFileSync(process.execPath, ['use.mjs'], { cwd: folder, encoding: 'utf8' })).toBe(printed)
})

test('READMEs that are packed lead nowhere outside their archives', () => {
  const args = [join(ROOT, 'scripts/pack.mjs'), '--readmes']
  const readmes = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<
    string,
    string
  >
  for (const name of PUBLISHED) {
    expect(readmes[name], name).not.toContain('](..')
    expect(readmes[name], name).toMatch(/docs\/\S+\.md/)
  }
})
