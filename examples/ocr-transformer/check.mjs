// @ts-check
// node check.mjs: whether the masked graph is the published model where nothing is masked, and core's attention where keys are chosen.
// Prints a table; exit code 1 where a row fails. Cannot tell how good a rule is: read-lines.mjs counts what is still read.
import { bestKeys, everyKey, keysByRule, keysInWindow } from './choose-keys.mjs'
import { editDistance } from './edit-distance.mjs'
import { linesToRead } from './lines.mjs'
import { openRecogniser } from './recogniser.mjs'

/** @typedef {import('./choose-keys.mjs').Choice} Choice */

/**
 * Of an attention's output, whose largest entry is 4.4 here: float32 sums of 15 products and up to 88 weights, in another order.
 * Chosen, not derived.
 */
const MOST = 2e-5

/** @type {Readonly<Record<string, Choice>>} */
const CHOICES = {
  'every key': everyKey,
  'leverage 8': keysByRule('leverage', 8),
  'norm-max 8': keysByRule('norm-max', 8),
  'random 8': keysByRule('random', 8),
  'window 3': keysInWindow(3),
  'leverage 8 and window 3': keysByRule('leverage', 8, 1),
}

const recogniser = await openRecogniser()
const lines = linesToRead(2)

let largest = 0
await checkPublished()
for (const [name, choice] of Object.entries(CHOICES)) {
  const difference = await largestDifference(choice)
  largest = Math.max(largest, difference)
  say(`outputs of ${name}`, difference <= MOST, `off core's attend by at most ${difference.toExponential(1)}`)
}
await checkBest()
await checkControl()
console.log(`outputs of masked heads are off core's attend by at most ${largest.toExponential(1)}`)

/** Without a mask: the published model, to the bit, which reads these lines. */
async function checkPublished() {
  let [shares, wrong, characters] = [0, 0, 0]
  for (const { text, picture } of lines) {
    const [plain, masked] = [await recogniser.readPlain(picture), await recogniser.read(picture, everyKey)]
    shares = Math.max(shares, largestGap(plain.shares, masked.shares))
    wrong += editDistance(plain.text, text)
    characters += text.length
  }
  say('the graph without a mask', shares === 0, `shares of characters off the published model's by ${shares}`)
  say('the published model', wrong <= 0.05 * characters, `${wrong} of ${characters} characters wrong`)
}

/** What is kept by score, which core has no rule for: all keys are the published model, and fewer are another. */
async function checkBest() {
  const { picture } = lines[0]
  const published = await recogniser.readPlain(picture)
  const gapOf = async (/** @type {number} */ keep) =>
    largestGap((await recogniser.read(picture, bestKeys(keep))).shares, published.shares)
  const [all, few] = [await gapOf(picture.width), await gapOf(3)]
  say('best keys', all === 0 && few > 0.01, `all of them: off by ${all}, three: by ${few.toFixed(2)}`)
}

/** The comparison with core can fail: keys of another seed are told from the right ones; and masks reach the text. */
async function checkControl() {
  const random = keysByRule('random', 8)
  const difference = await largestDifference((head, seed) => {
    const { mask } = random(head, seed)
    return { ...random(head, seed + 1000), mask }
  })
  say('control: keys of another seed', difference > 100 * MOST, `off by ${difference.toExponential(1)}`)
  const { picture } = lines[0]
  const [one, all] = [await recogniser.read(picture, keysInWindow(1)), await recogniser.readPlain(picture)]
  const gap = largestGap(one.shares, all.shares)
  say('control: one key a query', gap > 0.1, `shares of characters move by up to ${gap.toFixed(2)}`)
}

/** @param {Choice} choice */
async function largestDifference(choice) {
  let most = 0
  for (const [at, { picture }] of lines.entries())
    most = Math.max(most, (await recogniser.read(picture, choice, at)).difference)
  return most
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
function largestGap(a, b) {
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0)
}

/**
 * @param {string} what
 * @param {boolean} holds
 * @param {string} detail
 */
function say(what, holds, detail) {
  console.log(`${holds ? 'ok   ' : 'WRONG'}  ${what.padEnd(36)} ${detail}`)
  if (!holds) process.exitCode = 1
}
