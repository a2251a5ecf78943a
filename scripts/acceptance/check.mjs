// @ts-check
/**
 * One row of the table. `run` returns the row's detail, throws Skip with the reason, or throws anything else: it is FAIL.
 * @typedef {object} Check
 * @property {string} what
 * @property {() => string | Promise<string>} run
 *
 * @typedef {object} Concern
 * @property {string} name
 * @property {string} about
 * @property {(context: { scratch: string }) => AsyncGenerator<Check, void>} checks
 *
 * @typedef {{ what: string, result: string, detail: string, seconds: number }} Row
 */

export class Skip extends Error {}

/**
 * Throws with `message` where `holds` is false.
 * @param {boolean} holds
 * @param {string} message
 * @returns {asserts holds}
 */
export function require(holds, message) {
  if (!holds) throw new Error(message)
}

/**
 * Throws unless both are the same JSON.
 * @param {unknown} found
 * @param {unknown} wanted
 * @param {string} what
 */
export function requireEqual(found, wanted, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: ${shorten(a)} instead of ${shorten(b)}`)
}

/**
 * Rows { what, result, detail, seconds } of a concern; an error between two checks is a row as well.
 * @param {Concern} concern
 * @param {{ scratch: string }} context
 * @returns {AsyncGenerator<Row, void>}
 */
export async function* rowsOf(concern, context) {
  const checks = concern.checks(context)[Symbol.asyncIterator]()
  while (true) {
    /** @type {IteratorResult<Check, void> | undefined} */
    let next
    const row = await rowOf({ what: concern.name, run: async () => ((next = await checks.next()), '') })
    if (row.result !== 'pass') {
      yield row
      return
    }
    if (next === undefined || next.done) return
    const { what, run } = next.value
    yield await rowOf({ what: `${concern.name}: ${what}`, run })
  }
}

/**
 * @param {Check} check
 * @returns {Promise<Row>}
 */
async function rowOf({ what, run }) {
  const start = performance.now()
  const [result, detail] = await outcomeOf(run)
  return { what, result, detail, seconds: (performance.now() - start) / 1000 }
}

/**
 * @param {Check['run']} run
 * @returns {Promise<[result: string, detail: string]>}
 */
async function outcomeOf(run) {
  try {
    return ['pass', await run()]
  } catch (error) {
    if (error instanceof Skip) return ['skip', error.message]
    return ['FAIL', shorten(error instanceof Error ? error.message : String(error), 1000)]
  }
}

/**
 * @param {string} text
 * @param {number} [most]
 */
function shorten(text, most = 200) {
  return text.length > most ? `${text.slice(0, most)} …` : text
}
