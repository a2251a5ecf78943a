// @ts-check
import { barPlot, linePlot, rooflinePlot } from './plots.mjs'
import { findCase } from './find.mjs'
import {
  caseTable,
  caseTitle,
  ceilingTable,
  kernelTable,
  sessionTable,
  stageTable,
  sweepTable,
  table,
} from './tables.mjs'
import { restParts } from './rest.mjs'
import { targetRows } from './targets.mjs'

/**
 * @typedef {import('./find.mjs').Facts} Facts
 * @typedef {import('./find.mjs').Case} Case
 */

/** Above these the machine is not quiet. */
const QUIET_LOAD = 0.5
const QUIET_OTHERS = 0.2

/**
 * docs/performance.md and its pictures.
 * @param {Facts} facts
 * @returns {{ text: string, figures: (readonly [name: string, svg: string])[] }}
 */
export function performancePage(facts) {
  /** @type {(readonly [string, string])[]} */
  const figures = []
  /** @param {string} name @param {string} about @param {string | undefined} svg */
  const picture = (name, about, svg) => {
    if (svg === undefined) return []
    figures.push([`${name}.svg`, svg])
    return [`![${about}](performance/${name}.svg)`]
  }
  const heavy = facts.cases.filter(({ kind }) => kind === 'heavy')
  const million = findCase(facts, { kind: 'heavy', n: 1e6, d: 64, epsilon: 0.01 })
  const ofRows = heavy.filter(({ n, d, epsilon }) => d === 64 && epsilon === 0.01 && n >= 1e5)
  const ofColumns = heavy.filter(({ n, epsilon }) => n === 1e5 && epsilon === 0.01)
  const others = facts.cases.filter(({ kind }) => kind !== 'heavy')
  const parts = [
    ...intro(facts),
    '## What it is to reach, and what it does',
    table(['against', 'wanted', 'found', 'reached'], targetRows(facts)),
    '## Heavy pairs of |q.k|²',
    ...(million
      ? [
          `${caseTitle(million)}, ${million.runs} ${million.runs === 1 ? 'round' : 'rounds'}:`,
          caseTable(million),
        ]
      : []),
    ...(million ? picture('million', 'Seconds of each, 10^6 x 64', barPlot(million)) : []),
    MEANING,
    '### Rows, columns, epsilon',
    'Seconds are medians; times: an expert’s NumPy by ours with native kernels.',
    sweepTable(heavy),
    ...picture(
      'rows',
      'Seconds against the number of keys',
      linePlot(ofRows, 'n', 'Seconds against keys, 64 columns'),
    ),
    ...picture(
      'columns',
      'Seconds against columns',
      linePlot(ofColumns, 'd', 'Seconds against columns, 10^5 keys'),
    ),
    ...(others.length > 0 ? ['## Softmax, attend, scores', OTHERS] : []),
    ...others.flatMap((one) => [`### ${one.kind}: ${caseTitle(one)}`, caseTable(one)]),
    ...sessionParts(facts),
    ...rooflineParts(facts, picture),
    ...restParts(facts),
    ...skippedParts(facts),
  ]
  return { text: `${parts.join('\n\n')}\n`, figures }
}

/** @param {Facts} facts */
function intro({ machine, peers, cases }) {
  const others = cases.flatMap(({ othersCores }) => othersCores ?? [])
  const busy = Math.max(0, ...others)
  // The load of a minute has in it what ended just before.
  const isQuiet = others.length > 0 ? busy < QUIET_OTHERS : machine.load < QUIET_LOAD
  const versions = [
    peers.numpy === undefined ? '' : `NumPy ${peers.numpy}`,
    peers.scipy === undefined ? '' : `SciPy ${peers.scipy}`,
    peers.r === undefined ? '' : `R ${peers.r}`,
  ].filter((text) => text !== '')
  return [
    '# Performance',
    'Made by `node scripts/performance.mjs`, which runs `levattention bench --full` and writes this page; the numbers as they were printed: [performance/bench.json](performance/bench.json). `levattention bench` measures the same on your machine.',
    `${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, ${machine.system}; Node ${machine.node}, native kernels: ${machine.native ?? 'not built'}; ${versions.join(', ')}. Load before: ${machine.load.toFixed(2)}.`,
    ...(isQuiet
      ? []
      : [
          `**Provisional**: ${others.length > 0 ? `others used up to ${busy.toFixed(1)} of the ${machine.cores} cores meanwhile` : 'the machine was not quiet'}. Seconds are too long then, and NumPy’s with its default threads most of all, since OpenBLAS’ threads wait for one another by turning in circles; take ratios of a quiet machine.`,
        ]),
  ]
}

const MEANING =
  'Every entry is a process of its own on the same files, one at a time, forwards and backwards in turn, after a round that is not timed. *seconds*: ours from the parsed arguments to the renamed output, K in the page cache; others’ once their arrays are in memory. *times*: a peer’s seconds by those of the first line, round by round, and the median of that. *work*: the whole process, less what `node -e 0`, or Python with the expert’s imports, takes in the same round. *MiB*: the most that the process and all that it started held. Brute force is timed on 512 queries and its seconds are extrapolated; CPU (*of 512*) and MiB are of the queries that were tried. The peers lie in [packages/coordinator/peers](../packages/coordinator/peers).'

const OTHERS =
  'NumPy is pooled over the cores in float32, with the best of six block sizes. `attend` is an approximation (`--keep 256 --local 64`) beside the softmax over all keys: [coverage](cli.md#coverage) tells what it loses; NumPy’s seconds are extrapolated from 4,096 queries, its CPU is of these. Scores: SciPy’s `qr` and R’s `hat` factor all of K.'

/** @param {Facts} facts */
function sessionParts({ session }) {
  if (session === undefined) return []
  const { universal, dim, queries, actors } = session
  return [
    '## Sessions',
    `${queries} queries a batch, |U| = ${universal}, d = ${dim}, ${actors} threads; as a caller sees it ([sessions](sessions.md)). NumPy answers in its caller’s thread, with one thread of BLAS.`,
    sessionTable(session),
  ]
}

/**
 * @param {Facts} facts
 * @param {(name: string, about: string, svg: string | undefined) => string[]} picture
 */
function rooflineParts(facts, picture) {
  const { roofline } = facts
  if (roofline === undefined) return []
  return [
    '## The roofline',
    'What the machine gives at the most, all threads together: a C program of `cc -O3 -march=native` ([ceilings.c](../packages/coordinator/peers/ceilings.c)) multiplies and adds in registers, sums 512 MiB in memory, and reads a file of 128 MB from the page cache into buffers of 4 MiB, the best of four goes each. What NumPy’s BLAS makes of it stands beside.',
    ceilingTable(roofline),
    ...(roofline.stages.length === 0
      ? []
      : [
          'A stage’s work, by its shapes: the Gram n d (d + 1) operations in float64, scores n d², a search 2 m |U| d in float32 and m d (d + 1) in float64, softmax 2 n m d (its exponentials are not counted), attention over 385 keys a query 4 m 385 d. *Of the peak*: the time in which so many operations can be done at all, by the time that the stage took, with its reads, starts and waits; *of the bandwidth*: the same for what it reads, from the page cache.',
          stageTable(roofline),
          ...picture(
            'roofline',
            'Operations a second of stages below what the machine allows',
            rooflinePlot(facts),
          ),
        ]),
    'Kernels on one thread, rows of float32 in its cache, and the share of one thread’s peak in the precision of their sums:',
    kernelTable(roofline),
  ]
}

/** @param {Facts} facts */
function skippedParts({ skipped }) {
  if (skipped.length === 0) return []
  return ['## Not measured', skipped.map(({ what, why }) => `- ${what}: ${why}`).join('\n')]
}
