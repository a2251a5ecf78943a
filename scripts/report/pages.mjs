// @ts-check
// The reports of `npm run report` and of docs/gallery: what each is of, and the command that makes it.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeSensorWindows } from '../sensor-windows.mjs'
import { levattention, writeText, writeVision } from './inputs.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const data = (/** @type {string} */ name) => join(root, 'examples/data', name)

/** The beginning of Moby-Dick (Herman Melville, 1851; in the public domain). */
const TEXT = `Call me Ishmael. Some years ago - never mind how long precisely - having little or no money in my purse, and nothing
particular to interest me on shore, I thought I would sail about a little and see the watery part of the world. It is a way I have of
driving off the spleen and regulating the circulation. Whenever I find myself growing grim about the mouth; whenever it is a damp,
drizzly November in my soul; whenever I find myself involuntarily pausing before coffin warehouses, and bringing up the rear of every
funeral I meet; and especially whenever my hypos get such an upper hand of me, that it requires a strong moral principle to prevent me
from deliberately stepping into the street, and methodically knocking people's hats off - then, I account it high time to get to sea as
soon as I can. This is my substitute for pistol and ball. With a philosophical flourish Cato throws himself upon his sword; I quietly
take to the ship. There is nothing surprising in this. If they but knew it, almost all men in their degree, some time or other, cherish
very nearly the same feelings towards the ocean with me.`

/**
 * @typedef {object} Page
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {(this: void, folder: string) => Promise<void> | void} prepare writes inputs into the folder
 * @property {readonly string[]} inputs commands that make the same inputs, at the root of the repository or where the last one goes
 * @property {string} [large] the one of them that is not kept
 * @property {readonly string[]} args behind `report`, with inputs as they lie in the folder
 * @property {boolean} [isDemo] part of `npm run report`
 */

/** The files of a head of examples/data, under the names that commands show. */
const copyHead = (/** @type {string} */ name, /** @type {string} */ folder) => {
  for (const input of ['queries', 'keys', 'values'])
    copyFileSync(data(`${name}/${input}.npy`), join(folder, `${input}.npy`))
}
/** Where `npm run report` leaves inputs that no command makes by itself. */
const kept = (/** @type {string} */ name) => [`node scripts/report.mjs ${name}`, `cd reports/${name}`]
const own = ['queries', 'keys', 'values'].flatMap((input) => [`--${input}`, `${input}.npy`])

/** A million keys. */
const PLANTED = 'generate planted --out planted --n 1000000 --d 64 --m 500'.split(' ')

/** @type {readonly Page[]} */
export const PAGES = [
  {
    name: 'ocr-head',
    title: 'One head: a text recogniser',
    about:
      '512 keys of 15 columns. At epsilon 0.01 every key is in U; the report names the epsilon that helps.',
    isDemo: true,
    prepare: (folder) => copyHead('ocr', folder),
    inputs: ['cp examples/data/ocr/*.npy .'],
    args: own,
  },
  {
    name: 'vision',
    title: '16 heads of a vision transformer, with the picture',
    about:
      'The transformer of docs/vision.md that was trained with 32 keys by leverage: four layers of four heads, 196 patches behind a class token.',
    isDemo: true,
    prepare: (folder) => writeVision(folder, 'leverage-32', 0, 1),
    inputs: kept('vision'),
    args: [
      ...own,
      '--layout',
      'lhnd',
      '--heads',
      'all',
      '--epsilon',
      '0.2',
      '--grid',
      '14x14',
      '--prefix-tokens',
      '1',
      '--image',
      'picture.png',
    ],
  },
  {
    name: 'sensors',
    title: 'A tall matrix without queries',
    about: '18,700 windows of sensor readings: which rows can dominate a direction.',
    isDemo: true,
    prepare: (folder) => writeSensorWindows(join(folder, 'sensors.npy')),
    inputs: ['node scripts/sensor-windows.mjs sensors.npy'],
    args: ['sensors.npy'],
  },
  {
    name: 'heads-144',
    title: '144 heads',
    about:
      'Nine images through the transformer that was trained with all keys: layers by heads, and the worst, median and best head.',
    prepare: (folder) => writeVision(folder, 'full', 0, 9),
    inputs: kept('heads-144'),
    args: [...own, '--layout', 'lbhnd', '--heads', 'all', '--epsilon', '0.2'],
  },
  {
    name: 'text',
    title: 'Words of a text, causal, p = 3',
    about:
      'The beginning of Moby-Dick by word vectors that were made from it; |q·k|³, each word seeing those before it.',
    prepare: (folder) => writeText(folder, TEXT),
    inputs: kept('text'),
    args: [
      '--queries',
      'text-queries.npy',
      '--keys',
      'text-keys.npy',
      '--tokens',
      'text-tokens.json',
      '--causal',
      '--p',
      '3',
      '--epsilon',
      '0.1',
      '--keep',
      '16',
    ],
  },
  {
    name: 'stream',
    title: 'What is kept of a stream',
    about:
      'The sensor readings through a pipe, in one pass: what the universal set of a stream knows of all rows.',
    prepare: (folder) => {
      writeSensorWindows(join(folder, 'sensors.npy'))
      levattention(
        folder,
        ['build', '-', '--out', 'stream.lev', '--force'],
        readFileSync(join(folder, 'sensors.npy')),
      )
    },
    inputs: [
      'node scripts/sensor-windows.mjs sensors.npy',
      'levattention build - --out stream.lev < sensors.npy',
    ],
    args: ['stream.lev'],
  },
  {
    name: 'million',
    title: 'A million keys',
    about: '1,000,000 x 64 planted keys, 500 queries: the page is as small as that of a short head.',
    prepare: (folder) => levattention(folder, [...PLANTED, '--force']),
    inputs: [`levattention ${PLANTED.join(' ')}`],
    large: 'planted',
    args: ['--queries', 'planted/Q.npy', '--keys', 'planted/K.npy'],
  },
]

/**
 * Makes the page from inputs of its own in a folder of its name in `folder`; returns the page's path and the seconds that it took.
 * @param {Page} page
 * @param {string} folder
 * @param {readonly string[]} [more]
 */
export async function makePage({ name, prepare, args }, folder, more = []) {
  const home = join(folder, name)
  mkdirSync(home, { recursive: true })
  await prepare(home)
  const start = performance.now()
  levattention(home, ['report', ...args, '--out', `${name}.html`, '--force', ...more])
  const seconds = (performance.now() - start) / 1000
  return { seconds, path: join(home, `${name}.html`) }
}
