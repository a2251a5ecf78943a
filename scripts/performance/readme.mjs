// @ts-check
import { digits, findCase, findEntry, rowsText } from './find.mjs'
import { table } from './tables.mjs'

/**
 * @typedef {import('./find.mjs').Facts} Facts
 * @typedef {import('./find.mjs').Case} Case
 */

const PEERS = [
  ['an expert’s NumPy', 'an expert’s NumPy, the same method on a pool of threads'],
  ['NumPy, float64', 'NumPy, the same method in float64'],
  ['NumPy, float32', 'NumPy, float32 scores rechecked'],
]

/**
 * The README with its section of figures, and the latency of a session, made of what was measured.
 * @param {string} readme
 * @param {Facts} facts
 */
export function withFigures(readme, facts) {
  return readme
    .replace(/^## Figures\n[^]*?(?=^## )/m, () => `${figuresSection(facts)}\n\n`)
    .replaceAll(/[\d.]+ ms \(99 % within [\d.]+; /g, () => `${sessionText(facts)}; `)
}

/** @param {Facts} facts */
function sessionText({ session }) {
  if (session === undefined) throw new Error('not measured: session')
  const [{ p50Ms, p99Ms }] = session.latencies
  return `${digits(p50Ms, 2)} ms (99 % within ${digits(p99Ms, 2)}`
}

/** @param {Facts} facts */
function figuresSection(facts) {
  const million = required(facts, { kind: 'heavy', n: 1e6, d: 64, epsilon: 0.01 })
  const { runs } = million
  return [
    '## Figures',
    '`levattention bench` times this on your machine beside NumPy, SciPy and R where they are; [docs/performance.md](docs/performance.md) is what it found on one, with other sizes, memory and the roofline. This section is made of that page’s numbers (`node scripts/performance.mjs`).',
    `Planted keys of 10^6 x 64 float32, 10^4 queries, epsilon 0.01; 2 cores of a shared virtual machine, Intel Xeon with AVX-512, which NumPy and our native kernels use; Node 20; 2 threads each, medians of ${runs} alternating rounds, fewer of larger sizes; ours from parsed arguments to the renamed file, the others with their arrays already in memory:`,
    millionTable(million),
    sizesText(facts),
    `${softmaxText(facts)} ${FLOAT64}`,
  ].join('\n\n')
}

// Timed apart: planted keys are no case of the bench.
const FLOAT64 =
  'Rows whose logits float32 does not hold (scale |q| max|k| above 47 at d = 64: planted queries, half of a trained head’s) are summed in float64: `lev run --attention softmax --keys planted/K.npy --queries planted/Q.npy --out pairs.npz` of the files above took 1.5 s, three lines of NumPy in float64 2.0 s (medians of three by turns).'

/** @param {Case} million */
function millionTable(million) {
  const own = ours(million)
  const brute = entry(million, 'NumPy, brute force')
  const rows = PEERS.map(([name, words]) => {
    const { seconds, ratio, peakMemoryBytes } = entry(million, name)
    const memory = name === PEERS[0][0] ? `, ${mebi(peakMemoryBytes)}` : ''
    return [`${words}${memory}`, digits(seconds.median, 2), times(ratio)]
  })
  return table(
    ['', 'seconds', 'against ours'],
    [
      [
        `LevAttention, native kernels, peak memory ${mebi(own.peakMemoryBytes)}`,
        digits(own.seconds.median, 2),
        '1',
      ],
      ...rows,
      [
        `NumPy brute force, extrapolated from ${rowsText(brute.extrapolatedFrom ?? 0)} queries`,
        digits(brute.seconds.median),
        times(brute.ratio),
      ],
    ],
  )
}

/** @param {Facts} facts */
function sizesText(facts) {
  const of = (/** @type {number} */ n, /** @type {number} */ d) =>
    required(facts, { kind: 'heavy', n, d, epsilon: 0.01 })
  const [million, wide, tall, small] = [of(1e6, 64), of(1e6, 128), of(1e7, 64), of(1e5, 64)]
  const ratio = (/** @type {Case} */ one) => times(entry(one, PEERS[0][0]).ratio)
  const [own, peer] = [ours(tall), entry(tall, PEERS[0][0])]
  const bytes = `${rowsText(Math.round((tall.n * tall.d * 4) / 2 ** 20))} MiB of keys`
  return `So brute force takes ${times(entry(million, 'NumPy, brute force').ratio)} as long, and an expert’s hand-written NumPy ${ratio(million)}; with 10^6 x 128 it takes ${ratio(wide)} as long as ours, and at 10^7 x 64 (${bytes}) ${ratio(tall)}: ${digits(peer.seconds.median)} s with ${mebi(peer.peakMemoryBytes)} for ${digits(own.seconds.median)} s with ${mebi(own.peakMemoryBytes)}. With keys of 10^5 x 64 it is the quicker one, once Python has started: ${digits(entry(small, PEERS[0][0]).seconds.median, 2)} s for ${digits(ours(small).seconds.median, 2)} s, most of it a process of Node that runs its code for the first time.`
}

/** @param {Facts} facts */
function softmaxText(facts) {
  const cases = [16, 32, 64].map((d) => required(facts, { kind: 'softmax', n: 65_536, d }))
  const seconds = cases.map((one) => digits(ours(one).seconds.median))
  const ratios = cases.map((one) => digits(entry(one, 'pooled NumPy').ratio ?? 0, 2))
  const memory = mebi(Math.max(...cases.map((one) => ours(one).peakMemoryBytes ?? 0)))
  const attend = required(facts, { kind: 'attend' })
  const full = entry(attend, 'pooled NumPy')
  return `Softmax (NumPy pooled over both cores in float32 with its best block): the exact pairs of ${rowsText(cases[0].n)} keys and ${rowsText(cases[0].m)} queries took ${series(seconds)} s at d = 16, 32 and 64, ${series(ratios)} times as fast, with ${memory} at the most. \`attend --keep 256 --local 64\` over ${rowsText(attend.n)} keys took ${digits(ours(attend).seconds.median, 2)} s where NumPy’s full softmax took ${digits(full.seconds.median)} s (${times(full.ratio)}): it is an approximation, whose loss \`coverage\` tells.`
}

/** @param {Facts} facts @param {Partial<Case>} wanted */
function required(facts, wanted) {
  const found = findCase(facts, wanted)
  if (found === undefined) throw new Error(`not measured: ${JSON.stringify(wanted)}`)
  return found
}

/** @param {Case} one @param {string} name */
function entry(one, name) {
  const found = findEntry(one, name)
  if (found === undefined) throw new Error(`not measured: ${name} of ${one.kind} ${one.n} x ${one.d}`)
  return found
}

/** @param {Case} one */
function ours(one) {
  return entry(one, 'ours, native')
}

/** @param {number | undefined} ratio */
function times(ratio = 0) {
  return `${digits(ratio, ratio < 10 ? 3 : 2)} times`
}

/** @param {readonly string[]} values */
function series(values) {
  return `${values.slice(0, -1).join(', ')} and ${values[values.length - 1]}`
}

/** @param {number | undefined} bytes */
function mebi(bytes = 0) {
  return `${rowsText(Math.round(bytes / 2 ** 20))} MiB`
}
