// @ts-check
// Makes docs/gallery: every page of pages.mjs by the command as it stands there, looked at in headless Chromium, with pictures of it wide and on
// a phone, light and dark.   node scripts/report/gallery.mjs [NAME ...]   (needs Chromium: apt-get install chromium)
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { complaints, LOOKS } from '../../test/support/browser/check-page.mjs'
import { Chromium, evaluate, findChromium, open, shoot } from '../../test/support/browser/chromium.mjs'
import { makePage, PAGES } from './pages.mjs'
import { wordsOf } from './words.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const out = join(root, 'docs/gallery')
/** Pictures show the beginning of a page, wide ones smaller than it is. */
const WIDE = { width: 1280, height: 2300, scale: 0.6 }
const PHONE = { width: 390, height: 1400, scale: 0.75 }

/**
 * @param {import('../../test/support/browser/chromium.mjs').Tab} tab
 * @param {string} page
 * @param {string} name
 * @param {{ width: number, height: number, scale: number }} part
 * @param {boolean} dark
 */
async function picture(tab, page, name, part, dark) {
  await open(tab, pathToFileURL(page).href, { width: part.width, dark })
  const all = await evaluate(tab, 'document.documentElement.scrollHeight')
  const bytes = await shoot(tab, { ...part, height: Math.min(part.height, all), quality: 40 })
  writeFileSync(join(out, name), bytes)
}

const command = findChromium()
if (command === undefined) throw new Error('no Chromium: apt-get install chromium, or CHROMIUM=its path')
const wanted = PAGES.filter(({ name }) => process.argv.length === 2 || process.argv.includes(name))
const folder = mkdtempSync(join(tmpdir(), 'lev-gallery-'))
const browser = new Chromium(command)
mkdirSync(join(out, 'words'), { recursive: true })
try {
  for (const page of wanted) {
    const { seconds, path } = await makePage(page, folder)
    const kilobytes = Math.ceil(statSync(path).size / 1000)
    for (const look of LOOKS)
      for (const one of await complaints(await browser.tab(), path, look)) {
        console.log(`${page.name}: ${one}`)
        process.exitCode = 1
      }
    writeFileSync(join(out, 'words', `${page.name}.txt`), wordsOf(readFileSync(path, 'utf8')))
    const tab = await browser.tab()
    await picture(tab, path, `${page.name}-wide.webp`, WIDE, false)
    await picture(tab, path, `${page.name}-phone-dark.webp`, PHONE, true)
    if (page.isDemo) {
      await picture(tab, path, `${page.name}-wide-dark.webp`, { ...WIDE, height: 1200 }, true)
      await picture(tab, path, `${page.name}-phone.webp`, PHONE, false)
    }
    console.log(`${page.name}: ${kilobytes} kB, ${seconds.toFixed(1)} s`)
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

// Of a page that was never made there is nothing to show.
const made = PAGES.filter(({ name }) => existsSync(join(out, `${name}-wide.webp`)))
const sections = made.map(({ name, title, about, inputs, args, isDemo }) => {
  const pictures = [
    ...(isDemo
      ? [`![${title}, wide, dark](${name}-wide-dark.webp)`, `![${title}, 390 px, light](${name}-phone.webp)`]
      : []),
    `![${title}, 390 px, dark](${name}-phone-dark.webp)`,
  ]
  const lines = [...inputs, `levattention report ${args.join(' ')} --out ${name}.html`].join('\n')
  return [
    `## ${title}`,
    about,
    `\`\`\`sh\n${lines}\n\`\`\``,
    `![${title}, wide, light](${name}-wide.webp)`,
    `<details><summary>${isDemo ? 'dark, and on a phone' : 'on a phone'}</summary>\n\n${pictures.join(' ')}\n\n</details>`,
  ].join('\n\n')
})
writeFileSync(
  join(out, 'README.md'),
  `# What a report looks like

Pages of \`levattention report\`, made by \`node scripts/report/gallery.mjs\` (which also looks at each page in headless Chromium: no request, no error, no words on
one another, contrast of at least 4.5, no sideways scrolling). \`npm run report\` makes the first three, \`node scripts/report.mjs NAME\` any of them, each beside its inputs in \`reports/NAME\`; commands are typed at the root of the repository, and the first lines of each make its inputs. What the parts mean: [docs/cli.md](../cli.md#report). [words](words) has what each page said when its picture was taken; a test holds the small ones against pages of today.

${sections.join('\n\n')}
`,
)
