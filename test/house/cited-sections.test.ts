// Catches: a citation of a page, of a section of theory.md or of a titled note that a reader cannot open, a title that stands
// twice, a link or a file name to nothing, a glossary that outgrows its page. Cannot catch: a section that does not say what it
// is cited for.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PLACES = ['packages', 'docs', 'test', 'scripts']
const SKIPPED = new Set(['node_modules', 'dist', 'generated', 'cited-sections.test.ts'])
const MOST_TERMS = 50

const files = [...PLACES.flatMap(filesUnder), 'README.md', 'CONTRIBUTING.md']
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8')
/** Each file as one line, without what begins the lines of a comment: citations run over the ends of lines. */
const flat = files.map((path) => ({ path, text: textOf(path).replaceAll(/\s*\n\s*(?:\*|\/\/|#)?\s*/g, ' ') }))
const theory = textOf('docs/theory.md')
const notes = ['docs/theory.md', ...files.filter((path) => path.endsWith('/NOTES.md'))]

/** `# 3. Title`, `## Title`: the titles alone. */
function titlesOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (?:\d+\. )?(.+)$/gm)].map(([, title]) => title)
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (SKIPPED.has(entry.name)) return []
    if (entry.isDirectory()) return filesUnder(path)
    return /\.(?:ts|mjs|md|py)$/.test(path) ? [path] : []
  })
}

/** What `pattern` finds in all files and `isFound` says no to, with the file that says it. */
function missing(pattern: RegExp, isFound: (match: RegExpExecArray) => boolean): string[] {
  return flat.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].filter((match) => !isFound(match)).map(([cited]) => `${path}: ${cited}`),
  )
}

test('every section of theory.md that is cited stands there', () => {
  const sections = new Set([...theory.matchAll(/^## (\d+)\. /gm)].map(([, number]) => number))
  const citation = /theory\.md sections? (\d+(?:(?:, | and )\d+)*)/g
  expect(
    missing(citation, ([, numbers]) => numbers.match(/\d+/g)!.every((one) => sections.has(one))),
  ).toEqual([])
  const titles = titlesOf(theory)
  expect(missing(/theory\.md section \d+, "([^"]+)"/g, ([, title]) => titles.includes(title))).toEqual([])
})

test('every title that is cited stands in exactly one NOTES.md, or in theory.md', () => {
  const places = new Map<string, number>()
  for (const title of notes.flatMap((path) => titlesOf(textOf(path))))
    places.set(title, (places.get(title) ?? 0) + 1)
  // Titles follow one another: theory.md section 8, "Slack"; NOTES.md "Causal".
  const citation = /NOTES\.md((?:,? "[^"]+")+)/g
  const isTitled = (quoted: string) =>
    [...quoted.matchAll(/"([^"]+)"/g)].every(([, title]) => places.get(title) === 1)
  expect(missing(citation, ([, quoted]) => isTitled(quoted))).toEqual([])
  const margins =
    textOf('docs/guarantees.md')
      .split('## Every margin in the code')[1]
      .match(/^\| .*$/gm) ?? []
  const cells = margins.map((row) => row.split(' | ').at(-1) ?? '')
  expect(cells.filter((cell) => !isTitled(cell))).toEqual([])
})

test('a comment names no page that does not stand in the repository', () => {
  const known = new Set(files.filter((path) => path.endsWith('.md')).map((path) => path.split('/').at(-1)))
  known.add('CHANGELOG.md')
  const code = flat.filter(({ path }) => /^packages\/.*\.ts$/.test(path))
  const cited = code.flatMap(({ path, text }) =>
    [...text.matchAll(/\b([a-z-]+\.md)\b/gi)].map(([, page]) => ({ path, page })),
  )
  expect(cited.filter(({ page }) => !known.has(page))).toEqual([])
})

test('a comment or page names no file of the sources that does not exist', () => {
  const sources = files.filter((path) => path.endsWith('.ts')).map((path) => `/${path}`)
  const isThere = (name: string) => sources.some((path) => path.endsWith(`/${name}`))
  const comments = files.map((path) => {
    const text = textOf(path)
    const isPage = path.endsWith('.md')
    return { path, text: isPage ? text : (text.match(/^ *(?:\/?\*|\/\/).*$/gm) ?? []).join('\n') }
  })
  const named = comments.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w./-])(?!d\.ts)([\w-]+(?:\/[\w-]+)*\.ts)\b/g)].map(([, name]) => ({
      path,
      name,
    })),
  )
  expect(named.filter(({ name }) => !isThere(name))).toEqual([])
})

test('links of the pages and notes lead to files', () => {
  const pages = files.filter((path) => path.endsWith('.md'))
  const dead = pages.flatMap((path) =>
    [...textOf(path).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
      .filter(([, link]) => !existsSync(join(ROOT, dirname(path), link)))
      .map(([, link]) => `${path}: ${link}`),
  )
  expect(dead).toEqual([])
})

test(`the glossary has at most ${MOST_TERMS} terms, each with a section of theory.md or a page`, () => {
  const rows = textOf('docs/glossary.md')
    .split('\n')
    .filter((line) => line.startsWith('| **'))
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.length).toBeLessThanOrEqual(MOST_TERMS)
  expect(rows.filter((row) => !/\| (?:\[[^|]+\)|\d+(?:, \d+)*) \|$/.test(row))).toEqual([])
})
