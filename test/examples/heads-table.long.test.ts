// Catches: docs/heads.md that says other numbers of the heads in examples/data than coverage does today. Cannot catch: the heads
// that are not in the repository (node scripts/measure-heads.mjs --check).
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('docs/heads.md holds the table of the heads in examples/data', () => {
  const printed = execFileSync(process.execPath, ['scripts/measure-heads.mjs', '--own'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const page = readFileSync(`${root}/docs/heads.md`, 'utf8')
  for (const line of printed.trim().split('\n')) expect(page).toContain(line)
})
