// Catches: pages of docs/reference that are not what the docstrings say, a public name without a docstring (typedoc's own check), a
// link that leads nowhere, a name that is missing or should not be there. Cannot catch: a docstring that says what is not so.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { endOf, ROOT } from '../support/command.mjs'
import { headingsOf } from '../support/headings.mjs'

const PAGES = join(ROOT, 'docs/reference')
const pageAt = (path: string) => readFileSync(path, 'utf8')

test('the pages are what the docstrings say', { timeout: 120_000 }, async (context) => {
  if (process.env.CI !== 'true') context.skip('typedoc comes from the npm registry; set CI=true to run it')
  const child = execFile(process.execPath, [join(ROOT, 'scripts/reference.mjs'), '--check'])
  const { exitCode, stderr } = await endOf(child)
  if (exitCode === 75) {
    console.log(`skipped: reference.test.ts: ${stderr}`)
    context.skip(stderr)
  }
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

test.each(['core', 'coordinator'])('%s: every name that it exports has its place, and no other', (name) => {
  const lists = pageAt(join(ROOT, 'packages', name, 'src/index.ts')).matchAll(/export (?:type )?\{([^}]*)\}/g)
  const exported = Array.from(lists, ([, list]) => list.split(','))
    .flat()
    .map((entry) =>
      entry
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    )
    .filter((entry) => entry !== '')
  const headings = headingsOf(pageAt(join(PAGES, `${name}.md`))).filter(({ depth }) => depth === 3)
  expect(new Set(headings.map(({ text }) => text.replace('()', '')))).toEqual(new Set(exported))
})

const anchors = new Map(
  readdirSync(PAGES).map((name) => [
    join(PAGES, name),
    headingsOf(pageAt(join(PAGES, name))).map(({ anchor }) => anchor),
  ]),
)

test.each(readdirSync(PAGES))('the links of %s lead somewhere', (name) => {
  const links = Array.from(pageAt(join(PAGES, name)).matchAll(/\]\(([^)]+)\)/g), ([, link]) => link)
  expect(links.length).toBeGreaterThan(10)
  const broken = [...new Set(links)].filter((link) => {
    const [file, anchor] = link.split('#')
    const path = file === '' ? join(PAGES, name) : join(dirname(join(PAGES, name)), file)
    return !existsSync(path) || (anchor !== undefined && !anchors.get(path)?.includes(anchor))
  })
  expect(broken).toEqual([])
})

test('headings have the anchors that GitHub gives them', () => {
  const page =
    '# `a_b`\n\n```sh\n# no heading\n```\n\n## [x](y.md) and z()\n\n## x and z\n\n### \\[asyncDispose\\]()\n'
  expect(headingsOf(page).map(({ anchor }) => anchor)).toEqual([
    'a_b',
    'x-and-z',
    'x-and-z-1',
    'asyncdispose',
  ])
})
