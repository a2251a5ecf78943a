// @ts-check
// npm run report: what the demo's heads look like, each as a page beside its inputs in reports/, where the command that the page shows makes it again.
import { mkdirSync, rmSync } from 'node:fs'
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
for (const page of wanted) {
  const { seconds, path } = await makePage(page, out)
  console.log(`${page.title.padEnd(52)} ${path} (${seconds.toFixed(1)} s)`)
  const { large } = page
  if (large === undefined) continue
  rmSync(join(out, page.name, large), { recursive: true })
  console.log(`  its inputs are large, and not kept: ${page.inputs.join('; ')}`)
}
