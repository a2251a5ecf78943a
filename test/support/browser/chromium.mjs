// @ts-check
// A headless Chromium that is spoken to by its DevTools protocol over two pipes: no port, no package.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @typedef {{ on: (method: string, listen: (params: any) => void) => void, send: (method: string, params?: object) => Promise<any> }} Tab */

const NAMES = [process.env.CHROMIUM ?? '', 'chromium', 'chromium-browser', 'google-chrome']
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-extensions',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
]

/** The command of a Chromium that starts; undefined where there is none (CHROMIUM names one). */
export function findChromium() {
  return NAMES.find((name) => name !== '' && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)
}

/** A Chromium of its own, with a profile that is removed at the end. `command`: as `findChromium` found it. */
export class Chromium {
  #profile = mkdtempSync(join(tmpdir(), 'lev-chromium-'))
  #process
  #nextId = 1
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map()
  /** @type {Map<string, (params: any) => void>} */
  #listeners = new Map()

  /** @param {string} command */
  constructor(command) {
    this.#process = spawn(command, [...FLAGS, `--user-data-dir=${this.#profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    this.#process.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${command} ended`))
    })
    /** @type {Buffer[]} */
    let parts = []
    const output = /** @type {import('node:stream').Readable} */ (this.#process.stdio[4])
    output.on('data', (/** @type {Buffer} */ chunk) => {
      let from = 0
      for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, from)) {
        this.#take(JSON.parse(Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8')))
        parts = []
        from = end + 1
      }
      parts.push(chunk.subarray(from))
    })
  }

  /** @param {any} message */
  #take({ id, result, error, method, params, sessionId }) {
    if (id === undefined) return this.#listeners.get(`${sessionId} ${method}`)?.(params)
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new Error(error.message))
    else waiting?.resolve(result)
  }

  /**
   * @param {string} method
   * @param {object} params
   * @param {string} [sessionId]
   * @returns {Promise<any>}
   */
  #send(method, params, sessionId) {
    const id = this.#nextId++
    const input = /** @type {import('node:stream').Writable} */ (this.#process.stdio[3])
    input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  /**
   * An empty tab.
   * @returns {Promise<Tab>}
   */
  async tab() {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true })
    /** @type {Tab} */
    const tab = {
      on: (method, listen) => void this.#listeners.set(`${sessionId} ${method}`, listen),
      send: async (method, params = {}) => await this.#send(method, params, sessionId),
    }
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await tab.send(`${domain}.enable`)
    return tab
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    await this.#send('Browser.close', {}).catch(() => {})
    await ended
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/**
 * Opens `url` so wide, light or dark.
 * @param {Tab} tab
 * @param {string} url
 * @param {{ width: number, height?: number, dark?: boolean, script?: boolean }} how
 */
export async function open(tab, url, { width, height = 900, dark = false, script = true }) {
  const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]
  await tab.send('Emulation.setEmulatedMedia', { features })
  await tab.send('Emulation.setDeviceMetricsOverride', {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: width < 600,
  })
  await tab.send('Emulation.setScriptExecutionDisabled', { value: !script })
  const loaded = new Promise((resolve) => tab.on('Page.loadEventFired', () => resolve(undefined)))
  await tab.send('Page.navigate', { url })
  await loaded
}

/**
 * A picture of the page from `top` on, so high.
 * @param {Tab} tab
 * @param {{ width: number, top?: number, height: number, scale?: number, format?: 'png' | 'webp', quality?: number }} part
 * @returns {Promise<Buffer>}
 */
export async function shoot(tab, { width, top = 0, height, scale = 1, format = 'webp', quality = 60 }) {
  const clip = { x: 0, y: top, width, height, scale }
  const options = { format, captureBeyondViewport: true, clip, ...(format === 'webp' && { quality }) }
  const { data } = await tab.send('Page.captureScreenshot', options)
  return Buffer.from(data, 'base64')
}

/**
 * What an expression gives, as JSON.
 * @param {Tab} tab
 * @param {string} expression
 */
export async function evaluate(tab, expression) {
  const { result, exceptionDetails } = await tab.send('Runtime.evaluate', {
    expression,
    returnByValue: true,
    awaitPromise: true,
  })
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result.value
}
