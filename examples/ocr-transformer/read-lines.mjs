// @ts-check
// node read-lines.mjs [TEXTS]: how much of the lines of lines.mjs is still read where every head attends to few keys, by rule and
// number of keys. A table; takes a few minutes for all sixteen texts.
import { bestKeys, everyKey, keysByRule, keysInWindow } from './choose-keys.mjs'
import { editDistance } from './edit-distance.mjs'
import { linesToRead } from './lines.mjs'
import { openRecogniser } from './recogniser.mjs'

/** Odd, for windows. */
const KEEPS = [1, 3, 5, 9, 17]

/** @type {Readonly<Record<string, (keep: number) => import('./choose-keys.mjs').Choice>>} */
const CHOICES = {
  window: keysInWindow,
  best: bestKeys,
  leverage: (keep) => keysByRule('leverage', keep),
  'norm-max': (keep) => keysByRule('norm-max', keep),
  random: (keep) => keysByRule('random', keep),
  'leverage + window 3': (keep) => keysByRule('leverage', keep, 1),
  'random + window 3': (keep) => keysByRule('random', keep, 1),
}

const lines = linesToRead(process.argv[2] === undefined ? undefined : Number(process.argv[2]))
const recogniser = await openRecogniser()
/** Of the shares that are printed. */
let largestError = 0

const columns = lines.map(({ picture }) => picture.width / 8).sort((a, b) => a - b)
console.log(
  `${lines.length} lines of ${columns[0]} to ${columns[columns.length - 1]} columns; characters read right, %`,
)
console.log(`every key            ${await shareRead(everyKey)}`)
console.log(`keys a head          ${KEEPS.map((keep) => String(keep).padStart(6)).join('')}`)
for (const [name, choiceOf] of Object.entries(CHOICES)) {
  const shares = []
  for (const keep of KEEPS) shares.push(await shareRead(choiceOf(keep)))
  console.log(`${name.padEnd(21)}${shares.map((share) => share.padStart(6)).join('')}`)
}
console.log(`standard errors, over lines: ${largestError.toFixed(1)} and less`)

/**
 * Characters less the edit distance, of all characters; none below 0.
 * @param {import('./choose-keys.mjs').Choice} choice
 */
async function shareRead(choice) {
  const counts = []
  for (const [at, { text, picture }] of lines.entries()) {
    const reading = await recogniser.read(picture, choice, at)
    counts.push({ all: text.length, right: Math.max(0, text.length - editDistance(reading.text, text)) })
  }
  const { share, error } = shareOf(counts)
  largestError = Math.max(largestError, 100 * error)
  return (100 * share).toFixed(1)
}

/**
 * A ratio of sums, and its standard error where lines are drawn by themselves.
 * @param {readonly { right: number, all: number }[]} counts
 */
function shareOf(counts) {
  const sum = (/** @type {readonly number[]} */ numbers) => numbers.reduce((total, x) => total + x, 0)
  const all = sum(counts.map((line) => line.all))
  const share = sum(counts.map((line) => line.right)) / all
  const squares = sum(counts.map((line) => (line.right - share * line.all) ** 2))
  return { share, error: Math.sqrt((squares * counts.length) / (counts.length - 1)) / all }
}
