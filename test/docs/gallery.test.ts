// Catches: pictures of docs/gallery that show another page than the code makes today, pages of `npm run report` whose command does not make them again. Cannot catch: what is not words, and the pages that take
// minutes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { COMMAND, ROOT } from '../support/command.mjs'

interface Page {
  readonly name: string
}

// Scripts are no part of the tests' types.
const script = async (name: string): Promise<unknown> =>
  await import(new URL(`../../scripts/report/${name}`, import.meta.url).href)
const { makePage, PAGES } = (await script('pages.mjs')) as {
  makePage: (page: Page, folder: string) => Promise<{ path: string }>
  PAGES: readonly Page[]
}
const { wordsOf } = (await script('words.mjs')) as { wordsOf: (page: string) => string }

test.each(['ocr-head', 'sensors', 'text', 'stream'])(
  'the picture of %s shows what the page says today',
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'lev-gallery-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { path } = await makePage(
      PAGES.find((page) => page.name === name)!,
      folder,
    )
    const pictured = readFileSync(join(ROOT, `docs/gallery/words/${name}.txt`), 'utf8')
    expect(wordsOf(readFileSync(path, 'utf8')), `node scripts/report/gallery.mjs ${name}`).toBe(pictured)
  },
  60_000,
)

test('the command that a page of npm run report shows makes it again, beside the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lev-report-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const made = spawnSync(process.execPath, [join(ROOT, 'scripts/report.mjs'), 'ocr-head'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(made.status, made.stderr).toBe(0)
  const home = join(folder, 'reports/ocr-head')
  const page = readFileSync(join(home, 'ocr-head.html'), 'utf8')
  const [, typed] = /<h3>Again<\/h3><pre>(.*?)<\/pre>/s.exec(page)!
  const [name, ...words] = typed.replaceAll(/<[^>]*>/g, '').split(/\s+/)
  expect(name).toBe('levattention')
  rmSync(join(home, 'ocr-head.html'))
  const again = spawnSync(process.execPath, [COMMAND, ...words], { cwd: home, encoding: 'utf8' })
  expect(again.status, again.stderr).toBe(0)
  expect(wordsOf(readFileSync(join(home, 'ocr-head.html'), 'utf8'))).toBe(wordsOf(page))
}, 60_000)
