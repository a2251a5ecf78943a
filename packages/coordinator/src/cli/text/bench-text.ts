import type { BenchFacts, Roofline } from '../../bench/bench.ts'
import type { CaseResult, Entry } from '../../bench/measure-case.ts'
import { bytesText, countOf, countText, numberText, secondsText } from './number-text.ts'
import { tableLines } from './table-blocks.ts'
import type { Line } from './summary-text.ts'
import { columns } from './text-layout.ts'

/** What was measured, case by case, and on what. */
export function benchText(facts: BenchFacts): string {
  const { cases, session, roofline, skipped } = facts
  return [
    columns(machineLines(facts)),
    ...cases.map((one) => caseText(one)),
    ...(session ? [sessionText(session)] : []),
    ...(roofline ? [rooflineText(roofline)] : []),
    ...(cases.length === 0 ? [] : [MEANING]),
    ...(skipped.length === 0 ? [] : [columns(skipped.map(({ what, why }) => [`not: ${what}`, why]))]),
  ].join('\n\n')
}

const MEANING = columns([
  [
    'seconds',
    'medians of the rounds. Ours: from the parsed arguments to the renamed output; of others: once their arrays are in memory',
  ],
  ['times', 'the others’ seconds by those of the first line, round by round, and the median of that'],
  [
    'work',
    'the whole process, less what Node, or Python with its imports, takes to begin; -: below what can be measured',
  ],
  ['memory', 'the most that the process and all that it started held'],
])

/** From here on figures are of a busy machine, as docs/performance.md has it: its load before, or cores that others used. */
const BUSY_LOAD = 0.5
const BUSY_CORES = 0.2

function machineLines({ machine, peers, cases }: BenchFacts): Line[] {
  const { cpu, cores, memoryBytes, system, node, native, load } = machine
  const isBusy = load > BUSY_LOAD || cases.some(({ othersCores = 0 }) => othersCores > BUSY_CORES)
  const others = [
    peers.numpy === undefined ? '' : `NumPy ${peers.numpy}`,
    peers.scipy === undefined ? '' : `SciPy ${peers.scipy}`,
    peers.r === undefined ? '' : `R ${peers.r}`,
  ].filter((text) => text !== '')
  return [
    ['machine', `${cpu}, ${cores} cores, ${bytesText(memoryBytes)}; ${system}`],
    ['with', [`Node ${node}`, `kernels: ${native ?? 'WebAssembly alone'}`, ...others].join(', ')],
    ['load', `${load.toFixed(2)} before${isBusy ? CAUTION : ''}`],
  ]
}

const CAUTION =
  ': with other work (a load above 0.5) all takes longer, and NumPy with threads of its own most of all; measure again when it is quiet'

function caseText(one: CaseResult): string {
  const { kind, n, d, m, epsilon, runs, loadBefore, othersCores, agree, entries } = one
  const asked = kind === 'heavy' || kind === 'softmax' ? `, epsilon ${numberText(epsilon)}` : ''
  const queries = m === 0 ? '' : `, ${countOf(m, 'query')}`
  const title = `${kind}: ${countText(n)} x ${d} keys${queries}${asked}; ${countOf(runs, 'round')}`
  const others =
    othersCores === undefined
      ? `, load ${loadBefore.toFixed(2)}`
      : `, ${othersCores.toFixed(2)} cores busy with other work`
  const hasWork = entries.some(({ workSeconds }) => workSeconds !== undefined)
  const titles = ['seconds', 'times', ...(hasWork ? ['work s', 'times'] : []), 'CPU s', 'memory']
  const rows = entries.map((entry) => cellsOf(entry, hasWork))
  const doubt = agree === false ? ['  Their answers differ: see counts under --json.'] : []
  return [title + others, ...namedLines([['', ...titles], ...rows]), ...doubt].join('\n')
}

function cellsOf(entry: Entry, hasWork: boolean): string[] {
  const {
    name,
    role,
    seconds,
    ratio,
    workSeconds,
    workRatio,
    cpuSeconds,
    peakMemoryBytes,
    extrapolatedFrom,
  } = entry
  const none = role === 'startup' || extrapolatedFrom !== undefined ? '' : '-'
  const part = extrapolatedFrom === undefined ? '' : ` (from ${countText(extrapolatedFrom)} queries)`
  // Seconds are told for all queries; the process ran on those that were tried.
  const tried = extrapolatedFrom === undefined ? '' : ` of ${countText(extrapolatedFrom)}`
  return [
    name + part,
    shortSeconds(seconds.median),
    timesText(ratio),
    ...(hasWork ? [shortSeconds(workSeconds) || none, timesText(workRatio) || none] : []),
    cpuSeconds === undefined ? '' : cpuSeconds.toFixed(2) + tried,
    peakMemoryBytes === undefined ? '' : bytesText(peakMemoryBytes),
  ]
}

/** A table whose first column is read as words are, from the left. */
function namedLines(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return tableLines(
    rows.map(([name, ...cells]) => [name.padEnd(width), ...cells]),
    1,
  )
}

function shortSeconds(seconds: number | undefined): string {
  return seconds === undefined ? '' : seconds.toFixed(seconds < 10 ? 3 : 1)
}

function timesText(ratio: number | undefined): string {
  return ratio === undefined ? '' : ratio.toFixed(2)
}

function sessionText(session: NonNullable<BenchFacts['session']>): string {
  const { queries, universal, dim, actors, latencies, numpy } = session
  const rows = latencies.map(({ callers, p50Ms, p99Ms, queriesPerSecond }) => [
    `ours, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    countText(queriesPerSecond),
  ])
  if (numpy) rows.push(['NumPy, 1 caller', numpy.p50Ms.toFixed(2), numpy.p99Ms.toFixed(2), ''])
  const title = `session: ${queries} queries a batch, |U| = ${countText(universal)}, ${dim} columns, ${actors} threads`
  return [title, ...namedLines([['', 'p50 ms', 'p99 ms', 'queries/s'], ...rows])].join('\n')
}

function rooflineText({ ceilings, kernels, stages }: Roofline): string {
  const limits = ceilings.map(({ by, threads, f64Flops, f32Flops, streamBytes, readBytes }) => [
    `${by === 'cc' ? 'the machine' : 'NumPy'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    giga(f64Flops),
    giga(f32Flops),
    giga(streamBytes),
    readBytes === undefined ? '' : giga(readBytes),
  ])
  const titles = ['at the most', 'f64 GF/s', 'f32 GF/s', 'memory GB/s', 'cached file GB/s']
  const shares = stages.map(({ of, name, stage, seconds, ofPeak, ofBandwidth }) => [
    `${of}, ${name}: ${stage}`,
    secondsText(seconds),
    percentText(ofPeak),
    percentText(ofBandwidth),
  ])
  const rates = kernels
    .filter(({ dim }) => dim === kernels[0].dim)
    .map(({ kernel, by, rate, unit }) => [`${kernel}, ${by}`, giga(rate), unit === 'flops' ? 'GF/s' : 'GB/s'])
  return [
    'roofline',
    ...namedLines([titles, ...limits]),
    ...(shares.length === 0
      ? []
      : ['', ...namedLines([['stage', 'takes', 'of peak', 'of bandwidth'], ...shares])]),
    '',
    ...namedLines([[`kernel, 1 thread, ${kernels[0]?.dim ?? ''} columns`, 'rate', ''], ...rates]),
  ].join('\n')
}

/** Of a peak: smaller shares are as good as none. */
function percentText(share: number): string {
  return share < 1e-4 ? '< 0.01 %' : `${Number((100 * share).toPrecision(2))} %`
}

function giga(rate: number): string {
  return (rate / 1e9).toFixed(1)
}
