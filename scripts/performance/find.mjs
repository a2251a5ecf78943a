// @ts-check
// What of a bench's results a table or a plot asks for.

/**
 * @typedef {import('../../packages/coordinator/dist/bench/bench.js').BenchFacts} Facts
 * @typedef {Facts['cases'][number]} Case
 * @typedef {Case['entries'][number]} Entry
 */

/**
 * @param {Facts} facts
 * @param {Partial<Case>} wanted
 * @returns {Case | undefined}
 */
export function findCase({ cases }, wanted) {
  return cases.find((one) =>
    Object.entries(wanted).every(([name, value]) => one[/** @type {keyof Case} */ (name)] === value),
  )
}

/**
 * The entry whose name begins so.
 * @param {Case | undefined} one
 * @param {string} name
 * @returns {Entry | undefined}
 */
export function findEntry(one, name) {
  return (
    one?.entries.find((entry) => entry.name === name) ??
    one?.entries.find((entry) => entry.name.startsWith(name))
  )
}

/** @param {Case} one */
export function isAsked({ kind }) {
  return kind === 'heavy' || kind === 'softmax'
}

/**
 * 10^6, 65,536.
 * @param {number} value
 */
export function rowsText(value) {
  const power = Math.log10(value)
  if (value >= 1000 && Number.isInteger(power)) return `10^${power}`
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** @param {Case} one */
export function sizeText({ n, d, m }) {
  return `${rowsText(n)} x ${d}${m > 0 ? `, ${rowsText(m)} queries` : ''}`
}

/**
 * @param {number} value
 * @param {number} [count]
 */
export function digits(value, count = 3) {
  return String(Number(value.toPrecision(count)))
}
