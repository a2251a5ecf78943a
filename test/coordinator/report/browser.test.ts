// Catches: what a browser makes of the page: requests, errors, words on one another, words that are hard to read, sideways scrolling, in both themes,
// wide and on a phone, with its script and without. Cannot catch: whether a plot is understood.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reportPage } from '#coordinator/report/page/page'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { complaints, LOOKS } from '../../support/browser/check-page.mjs'
import { Chromium, findChromium } from '../../support/browser/chromium.mjs'
import { headOf, reportOf } from './facts.ts'

const command = findChromium()

describe.skipIf(command === undefined)('in headless Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lev-pages-'))
  let browser: Chromium

  beforeAll(() => {
    browser = new Chromium(command ?? '')
    const grid = { kind: 'grid', height: 14, width: 14, prefix: 1 } as const
    const pages = {
      one: reportOf([headOf(0, 512, 512)]),
      three: reportOf(
        [0, 1, 2].map((index) => headOf(index, 197, 197, grid)),
        { layout: grid },
      ),
      many: reportOf(Array.from({ length: 48 }, (_, index) => headOf(index, 64, 64))),
    }
    for (const [name, facts] of Object.entries(pages))
      writeFileSync(join(folder, `${name}.html`), reportPage(facts))
  })
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(['one', 'three', 'many'])('%s', { timeout: 120_000 }, async (name) => {
    for (const look of LOOKS)
      expect(await complaints(await browser.tab(), join(folder, `${name}.html`), look)).toEqual([])
  })
})

if (command === undefined)
  test.skip('skipped: no Chromium is here; apt-get install chromium', () => undefined)
