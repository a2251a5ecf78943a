// @ts-check
// npm run reference [-- --check]: the pages of docs/reference from the docstrings of what the packages export. typedoc needs a
// compiler with an API, which TypeScript 7 has not: it is installed in scripts/reference, outside the workspace. With
// --check nothing is written; exit code 1 where a page is not what the docstrings say, 75 where no registry answers.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { npm, Unreachable } from './npm-install.mjs'
import { headingsOf } from '../test/support/headings.mjs'

const TOOLS = fileURLToPath(new URL('reference', import.meta.url))
const PAGES = fileURLToPath(new URL('../docs/reference', import.meta.url))

const INTRODUCTION = `What the packages export, from the docstrings; \`npm run reference\` makes these pages. Words: [glossary](../glossary.md).
A session, step by step: [sessions](../sessions.md). What is promised: [guarantees](../guarantees.md).`

/** Installs what the lockfile asks for, where it is not there. */
async function installTools() {
  const wanted = readFileSync(join(TOOLS, 'package-lock.json'), 'utf8')
  const mark = join(TOOLS, 'node_modules/installed.json')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return
  await npm(TOOLS, 'ci', '--ignore-scripts')
  writeFileSync(mark, wanted)
}

/**
 * Name -> text of each page. Throws with typedoc's words where a link leads nowhere or a name has no docstring.
 * @param {string} folder for what typedoc writes
 * @returns {Promise<Map<string, string>>}
 */
async function makePages(folder) {
  const args = [join(TOOLS, 'node_modules/typedoc/bin/typedoc'), '--options', TOOLS, '--out', folder]
  await promisify(execFile)(process.execPath, args, { cwd: TOOLS }).catch(({ stdout, stderr }) => {
    throw new Error(`typedoc:\n${stdout}${stderr}`)
  })
  const pages = new Map(
    ['core.md', 'coordinator.md'].map((name) => [
      name,
      withoutMarks(readFileSync(join(folder, name), 'utf8')),
    ]),
  )
  return pages.set('README.md', indexOf(pages))
}

/**
 * Without the marks of rows of tables, which stand once for each property of a name.
 * @param {string} page
 */
const withoutMarks = (page) => page.replaceAll(/<a id="[^"]*"><\/a> /g, '')

/**
 * All names, by page and kind.
 * @param {ReadonlyMap<string, string>} pages
 */
function indexOf(pages) {
  const parts = Array.from(pages, ([file, page]) => {
    const [{ text: title }, ...headings] = headingsOf(page)
    /** @type {string[][]} */
    const kinds = []
    for (const { depth, text, anchor } of headings)
      if (depth === 2) kinds.push([`${text}:`])
      else if (depth === 3) kinds.at(-1)?.push(`[${text.replace('()', '')}](${file}#${anchor})`)
    const lines = kinds.map(([kind, ...names]) => `${kind} ${names.join(', ')}.`)
    return `## [${title}](${file})\n\n${lines.join('\n\n')}\n`
  })
  return `# Reference\n\n${INTRODUCTION}\n\n${parts.join('\n')}`
}

/** @param {ReadonlyMap<string, string>} pages */
function differing(pages) {
  const there = existsSync(PAGES) ? readdirSync(PAGES) : []
  const names = new Set([...pages.keys(), ...there])
  return [...names].filter(
    (name) => !there.includes(name) || readFileSync(join(PAGES, name), 'utf8') !== pages.get(name),
  )
}

/** @param {boolean} checkOnly */
async function main(checkOnly) {
  await installTools()
  const folder = mkdtempSync(join(tmpdir(), 'lev-reference-'))
  try {
    const pages = await makePages(folder)
    if (!checkOnly) return writePages(pages)
    const names = differing(pages).map((name) => `docs/reference/${name}`)
    if (names.length === 0) return
    console.error(`${names.join(', ')}: not what the docstrings say; \`npm run reference\` makes the pages`)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {ReadonlyMap<string, string>} pages */
function writePages(pages) {
  rmSync(PAGES, { recursive: true, force: true })
  mkdirSync(PAGES, { recursive: true })
  for (const [name, page] of pages) writeFileSync(join(PAGES, name), page)
}

try {
  await main(process.argv.includes('--check'))
} catch (error) {
  if (!(error instanceof Unreachable)) throw error
  console.error(error.message)
  process.exitCode = 75
}
