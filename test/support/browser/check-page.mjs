// @ts-check
// What a page of `levattention report` must keep to, as a browser lays it out (scripts/report/check.mjs looks at files).
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { evaluate, open } from './chromium.mjs'

/** Wide and on a phone, light and dark; with its script and without. */
export const LOOKS = [
  { width: 1280, dark: false, script: true },
  { width: 1280, dark: true, script: false },
  { width: 900, dark: false, script: true },
  { width: 390, dark: false, script: false },
  { width: 390, dark: true, script: true },
]

const LEAST_CONTRAST = 4.5
/** Runs in the page, where nothing of a module is at hand. */
const IN_PAGE = readFileSync(new URL('in-page.js', import.meta.url), 'utf8')

/**
 * What is wrong with the page at `path`, in sentences; nothing where all is well.
 * @param {import('./chromium.mjs').Tab} tab
 * @param {string} path
 * @param {typeof LOOKS[number]} look
 * @returns {Promise<string[]>}
 */
export async function complaints(tab, path, look) {
  const url = pathToFileURL(resolve(path)).href
  /** @type {string[]} */
  const found = []
  tab.on('Network.requestWillBeSent', ({ request }) => {
    if (request.url !== url && !request.url.startsWith('data:')) found.push(`asks for ${request.url}`)
  })
  tab.on(
    'Runtime.exceptionThrown',
    ({ exceptionDetails }) => void found.push(`throws: ${exceptionDetails.text}`),
  )
  tab.on('Log.entryAdded', ({ entry }) => void found.push(`logs: ${entry.text}`))
  tab.on('Runtime.consoleAPICalled', ({ type }) => void found.push(`writes to the console: ${type}`))
  await open(tab, url, look)
  found.push(...(await evaluate(tab, `${IN_PAGE};faultsOf(${LEAST_CONTRAST})`)))
  return [...new Set(found)].map((one) => `${look.width} px, ${look.dark ? 'dark' : 'light'}: ${one}`)
}
