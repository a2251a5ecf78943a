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
const columns = lines.map(({ picture }) => picture.width / 8).sort((a, b) => a - b)
console.log(
  `${lines.length} lines of ${columns[0]} to ${columns[columns.length - 1]} columns; characters right, %`,
)
console.log(`every key            ${await shareRead(everyKey)}`)
console.log(`keys a head          ${KEEPS.map((keep) => String(keep).padStart(6)).join('')}`)
for (const [name, choiceOf] of Object.entries(CHOICES)) {
  const shares = []
  for (const keep of KEEPS) shares.push(await shareRead(choiceOf(keep)))
  console.log(`${name.padEnd(21)}${shares.map((share) => share.padStart(6)).join('')}`)
}

/**
 * 1 - edit distance / characters over all lines, of 100, none below 0.
 * @param {import('./choose-keys.mjs').Choice} choice
 */
async function shareRead(choice) {
  let [right, all] = [0, 0]
  for (const [at, { text, picture }] of lines.entries()) {
    const reading = await recogniser.read(picture, choice, at)
    right += Math.max(0, text.length - editDistance(reading.text, text))
    all += text.length
  }
  return ((100 * right) / all).toFixed(1)
}
