// Catches: a page of a weighted table that tells of |Xb|², of which nothing holds there, or calls a direction w as a column may be called; rows of
// high leverage that nothing lists. Cannot catch: wrong scores.
import { readFileSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { words } from '../../support/advice/typed.ts'
import { Random } from '../../support/random.mjs'
import { Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

vi.setConfig({ testTimeout: 60_000 })
const work = new Workspace()
afterAll(() => work.remove())

beforeAll(() => {
  const random = new Random(4)
  const lines = Array.from(
    { length: 400 },
    (_, i) => `r${i},${random.normal() ** 3},${random.normal()},${random.normal() ** 2}`,
  )
  writeFileSync(work.path('t.csv'), `id,x,y,w\n${lines.join('\n')}\n`)
})

async function pageOf(...args: string[]): Promise<{ page: string; screen: string }> {
  const { exitCode, stderr } = await runHere(
    work,
    'report',
    't.csv',
    '--id',
    'id',
    '--intercept',
    ...args,
    '--out',
    'r.html',
    '--force',
  )
  expect(exitCode, stderr).toBe(0)
  const page = readFileSync(work.path('r.html'), 'utf8')
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, '')
    .replaceAll('<sup>', '^')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&sup2;', '²')
    .replaceAll('&middot;', '·')
  return { page, screen: stderr.replaceAll(/\s+/g, ' ') }
}

describe.each([
  ['2', '(x·b)²'],
  ['1.5', '|x·b|^1.5'],
])('of weighted rows, p = %s', (p, term) => {
  test.each([
    ['--weight-column', 'w'],
    ['--weights', 't.csv#w'],
  ])('every sentence is of the weighted sum: %s', async (...weights) => {
    const { page, screen } = await pageOf('--p', p, '--epsilon', '0.05', ...weights)
    const directions = page.match(/.{0,80}(?:any|some) direction [a-z]/g) ?? []
    expect(directions).toHaveLength(5)
    for (const told of directions)
      expect(told).toMatch(/of the weighted sum of .* in (?:any|some) direction b$/)
    expect(page.split(`the weighted sum of ${term}`)).toHaveLength(6)
    expect(page).not.toMatch(/\|X[bw]\||query/)
    expect(screen).toContain(`the weighted sum of ${term} in any direction b`)
  })
})

test('of others the directions are called b', async () => {
  const { page } = await pageOf('--columns', 'x,y', '--epsilon', '0.05')
  expect(page.match(/\|Xb\|² in (?:any|some) direction b/g)).toHaveLength(5)
})

test('rows of high leverage beyond those of the table are listed by two lines', async () => {
  const { page, screen } = await pageOf('--weight-column', 'w')
  const [, count, scores, awk] =
    /(\d+) rows reach 2 rank\/n, the rank being 3\. (levattention scores .*?), then (awk .*?), lists them/.exec(
      screen,
    ) ?? []
  expect(page).toContain('Which rows have high leverage?')
  const typed = await runHere(work, 'scores', ...words(scores).slice(2))
  expect(typed.exitCode, typed.stderr).toBe(0)
  const { stdout } = spawnSync('sh', ['-c', awk], { cwd: work.folder, encoding: 'utf8' })
  expect(stdout.trim().split('\n')).toHaveLength(Number(count))
  expect(page).toContain(`${count} rows reach 2 rank/n = `)
  expect((await pageOf('--weight-column', 'w', '--p', '3')).page).not.toContain('high leverage?')
})
