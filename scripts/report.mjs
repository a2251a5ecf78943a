// @ts-check
// npm run report: what the demo's heads look like, as pages in reports/.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makePage, PAGES } from './report/pages.mjs'

const names = process.argv.slice(2)
const wanted = PAGES.filter(({ name, isDemo }) =>
  names.length === 0 ? isDemo === true : names.includes(name),
)
if (names.length > wanted.length) {
  console.error(`there are ${PAGES.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const out = resolve('reports')
mkdirSync(out, { recursive: true })
const folder = mkdtempSync(join(tmpdir(), 'lev-report-'))
try {
  for (const page of wanted) {
    const path = join(out, `${page.name}.html`)
    const { seconds } = await makePage(page, folder, path)
    console.log(`${page.title.padEnd(52)} ${path} (${seconds.toFixed(1)} s)`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
