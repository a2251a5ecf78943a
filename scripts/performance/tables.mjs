// @ts-check
// The tables of docs/performance.md.
import { digits, isAsked, rowsText, sizeText } from './find.mjs'

/**
 * @typedef {import('./find.mjs').Facts} Facts
 * @typedef {import('./find.mjs').Case} Case
 * @typedef {import('./find.mjs').Entry} Entry
 */

/**
 * Markdown; numbers at the right.
 * @param {readonly string[]} titles
 * @param {readonly (readonly string[])[]} rows
 */
export function table(titles, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`
  const rule = titles.map((_, at) => (at === 0 ? '---' : '--:'))
  return [line(titles), line(rule), ...rows.map(line)].join('\n')
}

const seconds = (/** @type {number | undefined} */ value) => (value === undefined ? '' : digits(value))
const times = (/** @type {number | undefined} */ value) => (value === undefined ? '' : value.toFixed(2))
const mib = (/** @type {number | undefined} */ bytes) =>
  bytes === undefined ? '' : `${Math.round(bytes / 2 ** 20)}`

/** @param {Case} one */
export function caseTitle(one) {
  const asked = isAsked(one) ? `, epsilon ${one.epsilon}` : ''
  return `${sizeText(one)}${asked}`
}

/**
 * All entries of a case.
 * @param {Case} one
 */
export function caseTable(one) {
  /** @param {{ readonly extrapolatedFrom?: number }} entry */
  const ofTried = ({ extrapolatedFrom }) =>
    extrapolatedFrom === undefined ? '' : ` of ${rowsText(extrapolatedFrom)}`
  const hasWork = one.entries.some(({ workSeconds }) => workSeconds !== undefined)
  const titles = [
    '',
    'seconds',
    'least to most',
    'times',
    ...(hasWork ? ['work, s', 'times'] : []),
    'CPU, s',
    'MiB',
  ]
  const rows = one.entries.map((entry) => [
    entry.name +
      (entry.extrapolatedFrom === undefined ? '' : `, from ${rowsText(entry.extrapolatedFrom)} queries`),
    seconds(entry.seconds.median),
    `${seconds(entry.seconds.least)} to ${seconds(entry.seconds.most)}`,
    times(entry.ratio),
    ...(hasWork ? [seconds(entry.workSeconds), times(entry.workRatio)] : []),
    seconds(entry.cpuSeconds) + (entry.cpuSeconds === undefined ? '' : ofTried(entry)),
    mib(entry.peakMemoryBytes),
  ])
  return table(titles, rows)
}

/**
 * A line a case: ours, and the peer that is best.
 * @param {readonly Case[]} cases
 */
export function sweepTable(cases) {
  const rows = cases.map((one) => {
    const [native, wasm] = ['ours, native', 'ours, wasm'].map((name) =>
      one.entries.find((entry) => entry.name.startsWith(name)),
    )
    const peer = one.entries.find(({ role }) => role === 'peer')
    const first = one.entries[0]
    return [
      caseTitle(one),
      rowsText(first.counts.universal ?? 0),
      rowsText(first.counts.pairs ?? 0),
      seconds(native?.seconds.median),
      seconds(wasm?.seconds.median),
      seconds(peer?.seconds.median),
      times(peer?.ratio),
      mib(first.peakMemoryBytes),
      mib(peer?.peakMemoryBytes),
    ]
  })
  return table(
    [
      'keys',
      '\\|U\\|',
      'pairs',
      'native, s',
      'WebAssembly, s',
      'an expert’s NumPy, s',
      'times',
      'ours, MiB',
      'NumPy, MiB',
    ],
    rows,
  )
}

/** @param {NonNullable<Facts['roofline']>} roofline */
export function ceilingTable({ ceilings }) {
  const giga = (/** @type {number | undefined} */ rate) => (rate === undefined ? '' : (rate / 1e9).toFixed(1))
  return table(
    ['', 'threads', 'float64 GF/s', 'float32 GF/s', 'memory GB/s', 'cached file GB/s'],
    ceilings.map(({ by, threads, f64Flops, f32Flops, streamBytes, readBytes }) => [
      by === 'cc' ? 'this machine' : 'NumPy’s products of matrices',
      `${threads}`,
      giga(f64Flops),
      giga(f32Flops),
      giga(streamBytes),
      giga(readBytes),
    ]),
  )
}

export const percent = (/** @type {number} */ share) => `${digits(100 * share, 2)} %`

/** Shorter stages are start and end alone. */
const LEAST_SECONDS = 0.01

/** @param {NonNullable<Facts['roofline']>} roofline */
export function stageTable({ stages }) {
  const whole = stages.filter(
    ({ name, seconds: took }) => !name.endsWith(', 1 thread') && took >= LEAST_SECONDS,
  )
  return table(
    ['stage', 'kernels', 'threads', 'seconds', 'GF', 'of the peak', 'of the bandwidth'],
    whole.map(({ of, name, stage, threads, seconds: took, f64, f32, ofPeak, ofBandwidth }) => [
      `${of}: ${stage}`,
      name.replace(/^ours, /, ''),
      `${threads}`,
      seconds(took),
      digits((f64 + f32) / 1e9),
      percent(ofPeak),
      percent(ofBandwidth),
    ]),
  )
}

/** @param {NonNullable<Facts['roofline']>} roofline */
export function kernelTable({ kernels, ceilings }) {
  const limit = ceilings.find(({ threads, by }) => threads === 1 && by === 'cc') ?? ceilings[0]
  const names = [...new Set(kernels.map(({ kernel }) => kernel))]
  const dims = [...new Set(kernels.map(({ dim }) => dim))]
  const kinds = /** @type {const} */ (['native', 'wasm']).filter((by) =>
    kernels.some((rate) => rate.by === by),
  )
  const rows = names.map((kernel) => [
    kernel,
    ...dims.flatMap((dim) =>
      kinds.flatMap((by) => {
        const found = kernels.find((rate) => rate.kernel === kernel && rate.dim === dim && rate.by === by)
        if (found === undefined) return ['']
        const { rate, unit, precision } = found
        if (unit === 'bytes') return [`${(rate / 1e9).toFixed(1)} GB/s`]
        const peak = limit?.[precision === 'f64' ? 'f64Flops' : 'f32Flops']
        return [`${(rate / 1e9).toFixed(1)} GF/s${peak === undefined ? '' : `, ${percent(rate / peak)}`}`]
      }),
    ),
  ])
  return table(['kernel', ...dims.flatMap((dim) => kinds.map((by) => `${by}, d = ${dim}`))], rows)
}

/** @param {NonNullable<Facts['session']>} session */
export function sessionTable({ latencies, numpy }) {
  const rows = latencies.map(({ callers, p50Ms, p99Ms, queriesPerSecond }) => [
    `ours, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    rowsText(queriesPerSecond),
  ])
  if (numpy) rows.push(['NumPy, 1 caller', numpy.p50Ms.toFixed(2), numpy.p99Ms.toFixed(2), ''])
  return table(['', 'p50, ms', 'p99, ms', 'queries a second'], rows)
}
