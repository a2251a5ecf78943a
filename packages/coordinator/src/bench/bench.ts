import { compileKernels, findNative, kernelsOf, kernelSource } from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import {
  type BenchCase,
  type BenchKind,
  type BenchSize,
  casesOf,
  FULL_CASES,
  isFileKind,
  reckonedSeconds,
  REST_SECONDS,
} from './bench-case.ts'
import { withCaseFiles } from './case-files.ts'
import { type Ceilings, measureCeilings } from './ceilings.ts'
import { findPeers, type FoundPeers, type Skipped } from './find-peers.ts'
import { type KernelRate, kernelRates } from './kernel-rates.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { type CaseResult, measureCase } from './measure-case.ts'
import { type OurKernels, ourContenders } from './our-contenders.ts'
import { peerContenders, pythonLine, startupContenders } from './peer-contenders.ts'
import { runProcess } from './run-process.ts'
import type { Progress } from '../tasks/progress.ts'
import { sessionLatency, type SessionResult, USUAL_SESSION } from './session-latency.ts'
import { type StageShare, stageShares } from './stages.ts'

export interface BenchOptions {
  readonly only: readonly BenchKind[]
  /** None: each kind's usual one. */
  readonly sizes: readonly BenchSize[]
  readonly epsilons: readonly number[]
  /** The cases of docs/performance.md in place of sizes and epsilons. */
  readonly full: boolean
  readonly runs: number
  /** Of the timed rounds of a case: fewer where they would take longer. */
  readonly mostSeconds: number
  readonly workers?: number | undefined
  readonly python: string
  readonly tmp?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Rates of one thread's kernels, rows of d = 64 in its cache. */
export interface Roofline {
  /** Of one thread and of all, by this machine's own program and by NumPy; none where neither is here. */
  readonly ceilings: readonly Ceilings[]
  readonly kernels: readonly (KernelRate & { readonly by: OurKernels })[]
  readonly stages: readonly StageShare[]
}

export interface BenchFacts {
  readonly machine: Machine
  readonly peers: FoundPeers
  /** What was not measured, and why. */
  readonly skipped: readonly Skipped[]
  readonly cases: readonly CaseResult[]
  readonly session?: SessionResult & { readonly numpy?: { readonly p50Ms: number; readonly p99Ms: number } }
  readonly roofline?: Roofline
}

const ROOFLINE_DIMS = [64, 128]
const ROOFLINE_CASE_MS = 60

/** Measures what is asked for, one thing after another. Throws Aborted, CannotWrite, and what a run of ours fails with. */
export async function bench(options: BenchOptions): Promise<BenchFacts> {
  const { only, signal } = options
  const { machine, kernels, skipped: noKernels } = await lookAtMachine()
  const { found, skipped: noPeers } = await findPeers(options.python, signal)
  const skipped = [...noKernels, ...noPeers]
  const measuring: Measuring = { options, machine, kernels, peers: found }
  const cases: CaseResult[] = []
  const asked = options.full
    ? FULL_CASES.filter(({ kind }) => only.includes(kind))
    : casesOf(only, options.sizes, options.epsilons)
  const own = asked.map((one) => reckonedSeconds(one, runsOf(one, options), options.mostSeconds))
  const rest = only.filter((kind) => !isFileKind(kind)).map((kind) => REST_SECONDS[kind])
  const total = [...own, ...rest].reduce((sum, seconds) => sum + seconds, 0)
  const tell = (done: number) => options.onProgress?.({ stage: 'bench', done, total })
  let before = 0
  for (const [at, one] of asked.entries()) {
    const measured = await measuredCase(one, measuring, (share) => tell(before + share * own[at]))
    before += own[at]
    cases.push(measured.result)
    skipped.push(...measured.skipped)
  }
  tell(before)
  const session = only.includes('session') ? await measuredSession(measuring) : undefined
  tell(before + (session ? REST_SECONDS.session : 0))
  const roofline = only.includes('roofline') ? await measuredRoofline(cases, measuring) : undefined
  skipped.push(...(roofline?.skipped ?? []))
  return {
    machine,
    peers: found,
    skipped,
    cases,
    ...(session && { session }),
    ...(roofline && { roofline: roofline.roofline }),
  }
}

interface Measuring {
  readonly options: BenchOptions
  readonly machine: Machine
  readonly kernels: readonly OurKernels[]
  readonly peers: FoundPeers
}

async function measuredCase(
  one: BenchCase,
  { options, machine, kernels, peers }: Measuring,
  tell: (share: number) => void,
) {
  const { workers, tmp, signal } = options
  tell(0)
  return await withCaseFiles(one, tmp, signal, async (files) => {
    const ours = ourContenders(one, files, { workers, cores: machine.cores, kernels })
    const threads = workers ?? machine.cores
    const others = peerContenders(one, files, { found: peers, threads, memoryBytes: machine.memoryBytes })
    const startups = one.kind === 'heavy' ? startupContenders(peers) : []
    const contenders = [...ours, ...others.contenders, ...startups]
    const runs = runsOf(one, options)
    const total = contenders.length * (runs + 1)
    let done = 0
    const onRun = () => tell(++done / total)
    const measured = await measureCase(one, contenders, {
      runs,
      mostSeconds: options.mostSeconds,
      signal,
      onRun,
    })
    return { ...measured, skipped: [...others.skipped, ...measured.skipped] }
  })
}

function runsOf({ mostRuns = Infinity }: BenchCase, { runs }: BenchOptions): number {
  return Math.min(runs, mostRuns)
}

async function measuredSession({ options, peers }: Measuring): Promise<BenchFacts['session']> {
  const { signal, workers } = options
  const settings = { ...USUAL_SESSION, actors: workers }
  const ours = await sessionLatency(settings, signal)
  if (peers.numpy === undefined) return ours
  const { universal, dim, queries, seconds } = settings
  const words = [universal, dim, queries, seconds].map(String)
  // BLAS on more threads takes longer for so little.
  const { stdout } = await runProcess(pythonLine([peers.python, 1, 'session.py', ...words]), signal)
  const { p50Ms, p99Ms } = JSON.parse(stdout) as { p50Ms: number; p99Ms: number }
  return { ...ours, numpy: { p50Ms, p99Ms } }
}

async function measuredRoofline(
  cases: readonly CaseResult[],
  { options, machine, peers, kernels }: Measuring,
) {
  const { signal, tmp } = options
  const file: BenchCase = { kind: 'scores', n: 5e5, d: 64, m: 0, epsilon: 0.01 }
  const { ceilings, skipped } = await withCaseFiles(
    file,
    tmp,
    signal,
    async ({ keys }) =>
      await measureCeilings(peers, { threads: options.workers ?? machine.cores, file: keys, signal }),
  )
  const rates: Roofline['kernels'][number][] = []
  for (const by of kernels) rates.push(...(await ratesOf(by, signal)))
  return { roofline: { ceilings, kernels: rates, stages: stageShares(cases, ceilings) }, skipped }
}

async function ratesOf(
  by: OurKernels,
  signal: AbortSignal | undefined,
): Promise<Roofline['kernels'][number][]> {
  const found = by === 'native' ? await findNative() : undefined
  const native = found?.state === 'built' ? found.choice : undefined
  const kernels = kernelsOf(kernelSource(await compileKernels(), undefined, native))
  const rates: Roofline['kernels'][number][] = []
  for (const rate of kernelRates(kernels, ROOFLINE_DIMS, ['f32'], ROOFLINE_CASE_MS)) {
    throwIfAborted(signal)
    rates.push({ ...rate, by })
  }
  return rates
}
