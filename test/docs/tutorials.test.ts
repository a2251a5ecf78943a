// Catches: a tutorial, or a README, whose commands or programs fail, or print something else than it shows. Cannot catch: what the text around them
// claims. LEV_WRITE_TUTORIALS=1 writes what they print into the pages in place of comparing.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { COMMAND, ROOT } from '../support/command.mjs'

const PAGES = [
  'README.md',
  'docs/faq.md',
  ...readdirSync(join(ROOT, 'docs/tutorials')).map((name) => `docs/tutorials/${name}`),
]
const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

/** A folder in which a tutorial is followed: it sees the examples and the packages, and its files do not stay. */
function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lev-tutorial-'))
  folders.push(folder)
  for (const name of ['examples', 'node_modules']) symlinkSync(join(ROOT, name), join(folder, name))
  return folder
}

/** What `line` prints, both streams, as it is told there: progress is not part of it. */
function typed(line: string, folder: string): string {
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `lev() { "${process.execPath}" "${COMMAND}" "$@"; }\n${line}`],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', COLUMNS: '100' },
    },
  )
  return (
    `${stdout}${stderr}`
      // A fresh clone has none: they are built by a command of their own.
      .replaceAll(', native kernels', '')
      .replaceAll(/^(?!levattention)[a-z ]+: (?:[\d,]+ of [\d,]+ .*|.* of all in .*|\d+ s)\n/gm, '')
      .trimEnd()
  )
}

/** Without what a machine and a moment decide: times, memory, threads, kernels. */
function settled(text: string): string {
  return text
    .replaceAll(/[\d.,]+ (?:ms|s|min)\b/g, 'TIME')
    .replaceAll(/[\d.,]+ [kMG]B\b/g, 'BYTES')
    .replaceAll(/in one thread|on \d+ threads?|\d+ workers?/g, 'THREADS')
    .replaceAll(/, (?:wasm|native|scalar) kernels/g, '')
    .replaceAll(/\s+/g, ' ')
}

/** Every program and command of `text` in order; `text` with what they print now. */
function followed(text: string): { text: string; shown: string[]; found: string[] } {
  const folder = folderOf()
  const [shown, found]: [string[], string[]] = [[], []]
  const written = text.replaceAll(
    /^```(js|console)\n([\s\S]*?)^```$/gm,
    (block, language: string, body: string) => {
      if (language === 'js') {
        writeFileSync(join(folder, /^\/\/ (\S+)$/m.exec(body)?.[1] ?? 'program.mjs'), body)
        return block
      }
      const steps = body.split(/^(?=\$ )/m).map((step) => {
        const [line, ...lines] = step.trimEnd().split('\n')
        const printed = typed(line.slice(2), folder)
        shown.push(`${line}\n${lines.join('\n')}`)
        found.push(`${line}\n${printed}`)
        return `${line}\n${printed === '' ? '' : `${printed}\n`}`
      })
      return `\`\`\`console\n${steps.join('')}\`\`\``
    },
  )
  return { text: written, shown, found }
}

test.each(PAGES)('%s shows what is printed', { timeout: 120_000 }, (name) => {
  const path = join(ROOT, name)
  const { text, shown, found } = followed(readFileSync(path, 'utf8'))
  if (process.env.LEV_WRITE_TUTORIALS === '1') writeFileSync(path, text)
  else found.forEach((printed, at) => expect(settled(printed)).toBe(settled(shown[at])))
  expect(found.length).toBeGreaterThan(1)
  expect(found.join('\n')).not.toContain('    at ')
})

test.each(['README.md', ...['heads', 'services', 'tables'].map((name) => `docs/tutorials/${name}.md`)])(
  '%s says which line makes `lev` of the command, and it does',
  (name) => {
    const [, line] = /`(alias lev=[^`]+)`/.exec(readFileSync(join(ROOT, name), 'utf8')) ?? []
    const { stdout } = spawnSync('sh', ['-c', `${line}\ncd /\nlev --version`], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/)
  },
)

test('the README says what this is in at most 900 words before its details, code and output among them', () => {
  const [first, details] = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## Commands and inputs')
  expect(details).toBeDefined()
  expect(first.split(/\s+/).length).toBeLessThanOrEqual(900)
})
