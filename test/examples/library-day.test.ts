// Catches: an example that no longer runs, grows beyond a page, or finds, saves or prints something else than the command does.
// Cannot catch: what both get wrong.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runHere } from '../coordinator/cli/in-process.ts'
import { ROOT } from '../support/command.mjs'

const EXAMPLE = join(ROOT, 'examples/library-day.mjs')
const input = (name: string) => join(ROOT, `examples/data/ocr/${name}.npy`)
const fraction = (share: number) => share.toFixed(3)

test('a day with the command is sixty lines, and finds the same', async () => {
  expect(readFileSync(EXAMPLE, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  const cwd = mkdtempSync(join(tmpdir(), 'lev-day-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const command = async (name: string, ...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await runHere({ folder: cwd }, name, ...args, '--json', '--quiet')
    expect([stderr, exitCode]).toEqual(['', 0])
    return JSON.parse(stdout) as Readonly<Record<string, number>>
  }
  const { stdout, stderr, status } = spawnSync(process.execPath, [EXAMPLE, cwd], { cwd, encoding: 'utf8' })
  expect([stderr, status]).toEqual(['', 0])
  const lines = stdout.trimEnd().split('\n')
  const same = (name: string) =>
    expect(readFileSync(join(cwd, name)).equals(readFileSync(join(cwd, `own-${name}`)))).toBe(true)

  const { maxBound, n } = await command('curve', input('keys'))
  expect(lines[0]).toContain(`more than ${fraction(maxBound)};`)
  const { universalSize } = await command('build', input('keys'), '--epsilon', '0.03', '--out', 'own-u.lev')
  expect(lines[1]).toBe(`build: ${universalSize} of ${n} keys`)
  same('u.lev')
  await command('build', input('keys'), '--epsilon', '0.03', '--row-offset', String(n), '--out', 'b.lev')
  const merged = await command('merge', 'u.lev', 'b.lev', '--out', 'all.lev')
  expect(lines[2]).toBe(`merge: ${merged.universalSize} of ${2 * n} keys`)
  const asked = ['--keys', input('keys'), '--queries', input('queries')]
  const { pairs } = await command('query', '--universal', 'u.lev', ...asked, '--out', 'own-heavy.csv')
  expect(lines[3]).toBe(`verify: ${pairs} heavy pairs, none missed, extra or wrong`)
  same('heavy.csv')
  const { scoreSum } = await command('scores', input('keys'), '--out', 'tau.npy')
  const drawn = await command('sample', input('keys'), '--rows', '64', '--out', 's.npz')
  expect(lines[4]).toBe(`scores: they sum to ${scoreSum.toFixed(3)}; ${drawn.rowsDrawn} rows drawn`)
  const heads = ['--select', 'leverage', '--keep', '32']
  const held = (await command('coverage', ...asked, ...heads)).heads as unknown as {
    selections: { massMean: number }[]
  }[]
  expect(lines[5]).toBe(
    `attend: ${n} outputs over 32 keys, which hold ${fraction(held[0].selections[0].massMean)}`,
  )
  expect(lines[6]).toBe('stopped: AbortError, a LevError: true')
})
