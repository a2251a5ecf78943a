// Catches: a share told in percent where commands take and write fractions (help, examples, the README's picture, READMEs of packages), and
// numbers of one thing that pages tell otherwise. Cannot catch: what a sentence claims.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandEntries } from '#coordinator/cli/commands/registry'
import { commandHelp } from '#coordinator/cli/help'
import { mainHelp } from '#coordinator/cli/main-help'
import { expect, test } from 'vitest'
import { ROOT } from '../support/command.mjs'

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')
const PERCENT = /\d ?%(?!\w| \d)/

test('help tells shares as options take them', async () => {
  expect(mainHelp(commandEntries)).not.toMatch(PERCENT)
  for (const entry of commandEntries) {
    const command = await entry.load()
    // GNU parallel takes 50% of its jobs.
    if (command.name !== 'parallel') expect(commandHelp(command, true)).not.toMatch(PERCENT)
  }
})

test('so do examples, the packages\u2019 READMEs and the README\u2019s picture', () => {
  const examples = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.mjs'))
  const pages = [
    ...examples.map((name) => `examples/${name}`),
    ...['core', 'worker', 'coordinator'].map((name) => `packages/${name}/README.md`),
  ]
  for (const name of pages) {
    const text = read(name).replaceAll(/% (?:2|1000|12|\d+ \*\*)/g, '')
    expect(text, name).not.toMatch(/(?:\d|\}) %|percent/)
  }
  expect(read('docs/universal-set.svg').replaceAll(/(?:width|height)="100%"/g, '')).not.toContain('%')
})

test('the README and docs/cli.md count as many kinds of files as docs/files.md', () => {
  const counted = ['README.md', 'docs/cli.md', 'docs/files.md'].map(
    (name) => /(\d+) kinds of files/.exec(read(name))?.[1],
  )
  expect(new Set(counted).size, String(counted)).toBe(1)
})
