// @ts-check
// Where the time of a job goes that the kernels do not take.
import { digits, findEntry, sizeText } from './find.mjs'
import { percent, table } from './tables.mjs'

/**
 * @typedef {import('./find.mjs').Facts} Facts
 * @typedef {import('./find.mjs').Case} Case
 */

/**
 * Of each case of heavy pairs with native kernels: what its Gram would take at the rate of one thread's kernel times its threads, and
 * its reading at what the page cache gives; the rest is Node, V8 and waiting.
 * @param {Facts} facts
 */
export function restParts({ cases, roofline }) {
  if (roofline === undefined) return []
  const rows = cases.filter(({ kind }) => kind === 'heavy').flatMap((one) => restRow(one, roofline))
  if (rows.length === 0) return []
  return [
    '### What the rest is',
    'What the Gram takes at the rate of its kernel alone (the table above, times the threads), what reading takes at the rate of the page cache, and what is left of *seconds*: the search, starts, and all that V8 runs for the first time in a process.',
    table(['case', 'seconds', 'Gram', 'reading', 'left', 'of all'], rows),
    TRIED,
  ]
}

/**
 * @param {Case} one
 * @param {NonNullable<Facts['roofline']>} roofline
 * @returns {string[][]}
 */
function restRow(one, { kernels, ceilings }) {
  const { n, d } = one
  const ours = findEntry(one, 'ours, native')
  const nearest = d < 96 ? 64 : 128
  const gram = kernels.find(
    ({ kernel, by, dim }) => kernel === 'addGram' && by === 'native' && dim === nearest,
  )
  const threads = Math.max(1, ours?.workers ?? 1)
  const ceiling = ceilings.find((each) => each.by === 'cc' && each.threads === threads)
  if (!ours || !gram || ceiling?.readBytes === undefined) return []
  const total = ours.seconds.median
  const summing = (n * d * (d + 1)) / (gram.rate * threads)
  const reading = (n * d * 4) / ceiling.readBytes
  const left = Math.max(0, total - summing - reading)
  return [
    [
      `${sizeText(one)}, epsilon ${one.epsilon}`,
      ...[total, summing, reading, left].map((value) => digits(value)),
      percent(left / total),
    ],
  ]
}

const TRIED =
  'A short job is Node’s: a process that does nothing takes as long as `node -e 0` in the tables above, and what runs for the first time in V8 several times as long as later. What was done about it: code that V8 compiled is kept (`npm run setup`); kernels are compiled while arguments are parsed; a short job starts no threads of Node, but shares each call of its kernels with threads of the addon, which read the files as well; sums between threads are no files; a shard is some 30 ms of work, since its factor, messages and merges cost 6 ms of CPU whatever its size. What was tried and did not pay: this thread as one of the workers; V8 without its optimising compiler, or with a later one (by turns, equal within what one run differs from another).'
