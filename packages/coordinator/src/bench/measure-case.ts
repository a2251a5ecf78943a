import { isLevError } from '@levattention/core/internal'
import type { BenchCase } from './bench-case.ts'
import type { Contender, Told } from './contender.ts'
import type { Skipped } from './find-peers.ts'
import { loadSince } from './machine.ts'
import { inRounds } from './rounds.ts'
import { runProcess } from './run-process.ts'
import { ratioOf, type Spread, spreadOf, medianOf } from './statistics.ts'

/** One timed run. */
interface Trial {
  readonly told: Told
  readonly wallSeconds: number
  readonly cpuSeconds?: number
  readonly peakMemoryBytes?: number
}

/** What a contender took in a case, over the rounds. */
export interface Entry extends Pick<Contender, 'name' | 'role'> {
  /** Ours: from the parsed arguments to the last rename; a peer's: once its arrays are in memory. Of `startup` its whole process. */
  readonly seconds: Spread
  /** Of the whole process, with its start and what it loads. */
  readonly wallSeconds: Spread
  /** Wall less what its program takes to begin, in the same rounds; absent where that was not measured, or more than all in one of them. */
  readonly workSeconds?: number
  readonly cpuSeconds?: number
  /** The most that the whole process tree held, over all rounds. */
  readonly peakMemoryBytes?: number
  /** To the first of ours: how many times as long; the medians of the rounds' ratios. */
  readonly ratio?: number
  readonly workRatio?: number
  readonly cpuRatio?: number
  /** Queries that it was timed on, where the time of all is told by theirs. */
  readonly extrapolatedFrom?: number
  readonly workers?: number
  readonly kernels?: string
  /** Ours: medians. */
  readonly stages?: Readonly<Record<string, number>>
  readonly counts: Pick<Told, 'universal' | 'pairs' | 'scoreSum'>
}

export interface CaseResult extends BenchCase {
  readonly runs: number
  /** Load of the machine before the first timed run, of a minute; and cores that others used while the rounds ran. */
  readonly loadBefore: number
  readonly othersCores?: number
  readonly entries: readonly Entry[]
  /** Do all say the same of the universal set and the pairs? Absent where one alone does. */
  readonly agree?: boolean
}

interface MeasureOptions {
  /** Timed rounds, but for what would take more than `mostSeconds`; at least one. */
  readonly runs: number
  readonly mostSeconds: number
  readonly signal: AbortSignal | undefined
  /** A run has ended. */
  readonly onRun: () => void
}

/**
 * Times `contenders`, the first of ours first, in alternating rounds after one that is not timed (the page cache, a peer's best
 * block). A peer that fails in that one is left out, and told in `skipped`. Throws what one of ours throws, and Aborted.
 */
export async function measureCase(
  one: BenchCase,
  contenders: readonly Contender[],
  { runs, mostSeconds, signal, onRun }: MeasureOptions,
): Promise<{ result: CaseResult; skipped: Skipped[] }> {
  const start = performance.now()
  const skipped: Skipped[] = []
  const ready: { contender: Contender; first: Told }[] = []
  for (const contender of contenders) {
    try {
      ready.push({ contender, first: (await trial(contender, undefined, signal)).told })
    } catch (error) {
      if (contender.role === 'ours' || !isLevError(error, 'SystemLimit')) throw error
      skipped.push({ what: `${contender.name}, ${one.n} x ${one.d}`, why: error.message })
    }
    onRun()
  }
  const count = Math.max(1, Math.min(runs, Math.floor((1000 * mostSeconds) / (performance.now() - start))))
  const load = loadSince()
  const trials = await inRounds(
    ready,
    count,
    async ({ contender, first }) => {
      const found = await trial(contender, first, signal)
      onRun()
      return found
    },
    signal,
  )
  const entries = entriesOf(
    ready.map(({ contender }) => contender),
    trials,
  )
  return { result: { ...one, runs: count, ...load(), entries, ...agreement(entries) }, skipped }
}

async function trial(contender: Contender, first: Told | undefined, signal?: AbortSignal): Promise<Trial> {
  const { stdout, ...taken } = await runProcess(contender.line(first), signal)
  const told = contender.read(stdout)
  const peakMemoryBytes = Math.max(taken.peakMemoryBytes ?? 0, told.peakMemoryBytes ?? 0)
  return { told, ...taken, ...(peakMemoryBytes > 0 && { peakMemoryBytes }) }
}

/** `trials` by contender and round; the first contender is the one of ours that others are compared with. */
export function entriesOf(contenders: readonly Contender[], trials: readonly (readonly Trial[])[]): Entry[] {
  const startups = new Map(
    contenders.flatMap(({ role, host }, at) => (role === 'startup' ? [[host, trials[at].map(wallOf)]] : [])),
  )
  const workOf = (at: number) => {
    const startup = startups.get(contenders[at].host)
    return contenders[at].role === 'startup' || startup === undefined
      ? undefined
      : positive(trials[at].map(({ wallSeconds }, round) => wallSeconds - startup[round]))
  }
  return contenders.map((contender, at) => entryOf(contender, trials[at], workOf(at), trials[0], workOf(0)))
}

function entryOf(
  { name, role }: Contender,
  trials: readonly Trial[],
  work: readonly number[] | undefined,
  base: readonly Trial[],
  baseWork: readonly number[] | undefined,
): Entry {
  const seconds = role === 'startup' ? trials.map(wallOf) : trials.map(secondsOf)
  const [cpu, baseCpu] = [cpuOf(trials), cpuOf(base)]
  const peaks = trials.flatMap(({ peakMemoryBytes }) => peakMemoryBytes ?? [])
  const { universal, pairs, scoreSum, extrapolatedFrom, workers, kernels } = trials[0].told
  const stages = stagesOf(trials)
  const isCompared = role !== 'startup'
  // An extrapolated time is of another process than the one that was watched.
  const isWhole = isCompared && extrapolatedFrom === undefined
  return {
    name,
    role,
    seconds: spreadOf(seconds),
    wallSeconds: spreadOf(trials.map(wallOf)),
    ...(isWhole && work && { workSeconds: medianOf(work) }),
    ...(cpu && { cpuSeconds: medianOf(cpu) }),
    ...(peaks.length > 0 && { peakMemoryBytes: Math.max(...peaks) }),
    ...(isCompared && { ratio: ratioOf(seconds, base.map(secondsOf)) }),
    ...(isWhole && work && baseWork && { workRatio: ratioOf(work, baseWork) }),
    ...(isWhole && cpu && baseCpu && { cpuRatio: ratioOf(cpu, baseCpu) }),
    ...(extrapolatedFrom !== undefined && { extrapolatedFrom }),
    ...(workers !== undefined && { workers }),
    ...(kernels !== undefined && { kernels }),
    ...(stages && { stages }),
    counts: {
      ...(universal !== undefined && { universal }),
      ...(pairs !== undefined && { pairs }),
      ...(scoreSum !== undefined && { scoreSum }),
    },
  }
}

/** Undefined where one is none: then all of them are below what can be measured. */
function positive(work: readonly number[]): readonly number[] | undefined {
  return work.every((seconds) => seconds > 0) ? work : undefined
}

function wallOf({ wallSeconds }: Trial): number {
  return wallSeconds
}

function secondsOf({ told }: Trial): number {
  return told.seconds
}

/** Undefined where the system does not tell. */
function cpuOf(trials: readonly Trial[]): number[] | undefined {
  const found = trials.flatMap(({ cpuSeconds }) => cpuSeconds ?? [])
  return found.length === trials.length ? found : undefined
}

function stagesOf(trials: readonly Trial[]): Record<string, number> | undefined {
  const { stages } = trials[0].told
  if (stages === undefined) return undefined
  return Object.fromEntries(
    Object.keys(stages).map((name) => [name, medianOf(trials.map(({ told }) => told.stages?.[name] ?? 0))]),
  )
}

/** Of a sum of scores, and of the pairs of float32 softmax, which a rounding moves over the threshold. */
const SAME = 1e-6
const NEARLY_SAME = 2e-3

function agreement(entries: readonly Entry[]): { agree?: boolean } {
  const same = (values: readonly number[], tolerance: number) =>
    values.every((value) => Math.abs(value - values[0]) <= tolerance * Math.abs(values[0]))
  const of = (name: keyof Entry['counts']) => entries.flatMap(({ counts }) => counts[name] ?? [])
  const [universal, pairs, sums] = [of('universal'), of('pairs'), of('scoreSum')]
  if (Math.max(universal.length, pairs.length, sums.length) < 2) return {}
  const isExact = universal.length > 0
  return { agree: same(universal, 0) && same(pairs, isExact ? 0 : NEARLY_SAME) && same(sums, SAME) }
}
