// @ts-check
// What the project wants to reach, and what was found: one line each.
import { digits, findCase, findEntry } from './find.mjs'

/**
 * @typedef {import('./find.mjs').Facts} Facts
 * @typedef {import('./find.mjs').Case} Case
 *
 * @typedef {object} Target
 * @property {string} what
 * @property {number} wanted
 * @property {'at least' | 'at most'} sense
 * @property {string} unit
 * @property {(facts: Facts) => number | undefined} of
 */

const EXPERT = 'an expert’s NumPy'
const POOLED = 'pooled NumPy'
const MIB = 2 ** 20

/** @param {number} n @param {number} d */
const heavy = (n, d) => ({ kind: /** @type {const} */ ('heavy'), n, d, epsilon: 0.01 })

/**
 * How many times as long as the first of ours, with native kernels, `name` took.
 * @param {Partial<Case>} wanted
 * @param {string} name
 * @param {'ratio' | 'workRatio'} [field]
 * @returns {Target['of']}
 */
const ratio =
  (wanted, name, field = 'ratio') =>
  (facts) =>
    facts.machine.native === undefined ? undefined : findEntry(findCase(facts, wanted), name)?.[field]

/**
 * The same against WebAssembly's kernels.
 * @param {Partial<Case>} wanted
 * @param {string} name
 * @returns {Target['of']}
 */
const ratioOfWasm = (wanted, name) => (facts) => {
  const one = findCase(facts, wanted)
  const [peer, ours] = [name, 'ours, wasm'].map((who) => findEntry(one, who)?.seconds.median)
  return peer === undefined || ours === undefined ? undefined : peer / ours
}

/**
 * Time a row, against 10^6 rows.
 * @param {number} n
 * @returns {Target['of']}
 */
const growth = (n) => (facts) => {
  const [many, million] = [n, 1e6].map((rows) => {
    const one = facts.cases.find(
      (each) => each.kind === 'heavy' && each.n === rows && each.d <= 64 && each.epsilon === 0.01,
    )
    const seconds = findEntry(one, 'ours')?.seconds.median
    // A row's work grows with the square of its columns.
    return seconds === undefined || one === undefined ? undefined : seconds / rows / one.d ** 2
  })
  return many === undefined || million === undefined ? undefined : many / million
}

/**
 * Of what performance allows: 300 MiB, 8 d² (workers + 18) bytes and the keys of U.
 * @param {Facts} facts
 */
function worstMemory(facts) {
  const shares = facts.cases
    .filter(({ kind }) => kind === 'heavy')
    .flatMap(({ d, entries }) =>
      entries
        .filter(({ role, peakMemoryBytes }) => role === 'ours' && peakMemoryBytes !== undefined)
        .map(({ peakMemoryBytes = 0, workers = 1, counts: { universal = 0 } }) => {
          return peakMemoryBytes / (300 * MIB + 8 * d * d * (workers + 18) + 8 * universal * d)
        }),
    )
  return shares.length === 0 ? undefined : Math.max(...shares)
}

const soft = (/** @type {number} */ d) => ({ kind: /** @type {const} */ ('softmax'), n: 65_536, d })
const attend = { kind: /** @type {const} */ ('attend'), n: 262_144 }
const small = { kind: /** @type {const} */ ('heavy'), n: 1000 }

/** @type {readonly Target[]} */
const TARGETS = [
  least('an expert’s NumPy, 10^6 x 64', 1.2, ratio(heavy(1e6, 64), EXPERT)),
  least('an expert’s NumPy, 10^6 x 128', 1.3, ratio(heavy(1e6, 128), EXPERT)),
  least('an expert’s NumPy, 10^7 x 64', 1.5, ratio(heavy(1e7, 64), EXPERT)),
  least(
    'the same at 10^6 x 64 by whole processes, less `node -e 0` and Python’s imports',
    1.1,
    ratio(heavy(1e6, 64), EXPERT, 'workRatio'),
  ),
  least('NumPy in float32, 10^6 x 64', 2, ratio(heavy(1e6, 64), 'NumPy, float32')),
  least('brute force, 10^6 x 64', 60, ratio(heavy(1e6, 64), 'NumPy, brute')),
  least('softmax pairs by pooled NumPy, d = 64', 2, ratio(soft(64), POOLED)),
  least('`attend` against all keys by pooled NumPy', 2, ratio(attend, POOLED)),
  least('one thread of ours, 10^7 x 64', 1.8, ratio(heavy(1e7, 64), 'ours, native, 1')),
  least('WebAssembly: softmax pairs by pooled NumPy, d = 64', 1, ratioOfWasm(soft(64), POOLED)),
  least('WebAssembly: softmax pairs by pooled NumPy, d = 32', 1.5, ratioOfWasm(soft(32), POOLED)),
  least('WebAssembly: softmax pairs by pooled NumPy, d = 16', 1.5, ratioOfWasm(soft(16), POOLED)),
  least('WebAssembly: `attend` against all keys by pooled NumPy', 15, ratioOfWasm(attend, POOLED)),
  most('time a row at 10^7, of that at 10^6', 1.1, 'times', growth(1e7)),
  most('time a row and squared column at 10^8 x 32, of that at 10^6 x 64', 1.1, 'times', growth(1e8)),
  most('memory of a run, of 300 MiB + 8 d² (workers + 18) + U', 1, 'times', worstMemory),
  most('a session’s batch of 64 queries, p50', 0.7, 'ms', ({ session }) => session?.latencies[0].p50Ms),
  most('1,000 x 16 keys, whole process', 0.3, 's', (facts) => {
    return findEntry(findCase(facts, small), 'ours')?.wallSeconds.median
  }),
  most('1,000 x 16 keys, from its arguments on', 0.1, 's', (facts) => {
    return findEntry(findCase(facts, small), 'ours')?.seconds.median
  }),
]

/** @param {string} what @param {number} wanted @param {Target['of']} of @returns {Target} */
function least(what, wanted, of) {
  return { what, wanted, sense: 'at least', unit: 'times', of }
}

/** @param {string} what @param {number} wanted @param {string} unit @param {Target['of']} of @returns {Target} */
function most(what, wanted, unit, of) {
  return { what, wanted, sense: 'at most', unit, of }
}

/**
 * A row a target; what was not measured says so.
 * @param {Facts} facts
 */
export function targetRows(facts) {
  return TARGETS.map(({ what, wanted, sense, unit, of }) => {
    const found = of(facts)
    const isReached = found !== undefined && (sense === 'at least' ? found >= wanted : found <= wanted)
    const verdict = found === undefined ? 'not measured' : isReached ? 'yes' : '**no**'
    return [
      what,
      `${sense} ${wanted} ${unit}`,
      found === undefined ? '' : `${digits(found)} ${unit}`,
      verdict,
    ]
  })
}
