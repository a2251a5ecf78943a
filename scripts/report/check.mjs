// @ts-check
// Looks at pages of `levattention report` in headless Chromium: node scripts/report/check.mjs FILE.html ...
import { complaints, LOOKS } from '../../test/support/browser/check-page.mjs'
import { Chromium, findChromium } from '../../test/support/browser/chromium.mjs'

const command = findChromium()
if (command === undefined) throw new Error('no Chromium: apt-get install chromium, or CHROMIUM=its path')
const browser = new Chromium(command)
try {
  for (const path of process.argv.slice(2)) {
    for (const look of LOOKS) {
      const found = await complaints(await browser.tab(), path, look)
      for (const one of found) console.log(`${path}: ${one}`)
      if (found.length > 0) process.exitCode = 1
    }
    console.log(`${path}: looked at ${LOOKS.length} times`)
  }
} finally {
  await browser.close()
}
