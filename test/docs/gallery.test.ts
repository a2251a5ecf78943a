// Catches: pictures of docs/gallery that show another page than the code makes today. Cannot catch: what is not words, and the pages that take
// minutes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../support/command.mjs'

interface Page {
  readonly name: string
}

// Scripts are no part of the tests' types.
const script = async (name: string): Promise<unknown> =>
  await import(new URL(`../../scripts/report/${name}`, import.meta.url).href)
const { makePage, PAGES } = (await script('pages.mjs')) as {
  makePage: (page: Page, folder: string, out: string) => Promise<unknown>
  PAGES: readonly Page[]
}
const { wordsOf } = (await script('words.mjs')) as { wordsOf: (page: string) => string }

test.each(['ocr-head', 'sensors', 'text', 'stream'])(
  'the picture of %s shows what the page says today',
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'lev-gallery-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'page.html')
    await makePage(
      PAGES.find((page) => page.name === name)!,
      folder,
      path,
    )
    const pictured = readFileSync(join(ROOT, `docs/gallery/words/${name}.txt`), 'utf8')
    expect(wordsOf(readFileSync(path, 'utf8')), `node scripts/report/gallery.mjs ${name}`).toBe(pictured)
  },
  60_000,
)
