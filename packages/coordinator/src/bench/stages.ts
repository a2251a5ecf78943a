import type { BenchCase } from './bench-case.ts'
import type { Ceilings } from './ceilings.ts'
import type { CaseResult, Entry } from './measure-case.ts'

/** What a stage has to do at the least, whatever does it. */
interface StageWork {
  /** Operations whose result is summed in float64, and in float32. */
  readonly f64: number
  readonly f32: number
  /** Read of files. */
  readonly bytes: number
}

/** How near a stage of a run comes to what the machine gives. */
export interface StageShare extends StageWork {
  /** Which case and contender, 'heavy 1000000 x 64'. */
  readonly of: string
  readonly name: string
  readonly stage: string
  readonly seconds: number
  readonly threads: number
  /** Of the time in which it would be done at the peak of as many threads; and at their bandwidth. */
  readonly ofPeak: number
  readonly ofBandwidth: number
}

/** Entries that `attend --keep 256 --local 64` weighs for a query. */
const ATTENDED = 256 + 2 * 64 + 1

/** By kind, the stages whose work follows from shapes; the others are waits, files and small matrices. */
const WORK: Readonly<
  Record<BenchCase['kind'], (one: BenchCase, entry: Entry) => Readonly<Record<string, StageWork>>>
> = {
  heavy: ({ n, d, m }, { counts }) => ({
    map: gram(n, d),
    query: { f64: m * d * (d + 1), f32: 2 * m * (counts.universal ?? 0) * d, bytes: 4 * m * d },
  }),
  softmax: ({ n, d, m }) => ({ query: { f64: 0, f32: 2 * n * m * d, bytes: 4 * (n + m) * d } }),
  attend: ({ n, d, m }) => ({
    map: gram(n, d),
    select: { f64: n * d * d, f32: 0, bytes: 4 * n * d },
    query: { f64: 0, f32: 4 * m * Math.min(n, ATTENDED) * d, bytes: 4 * m * d },
  }),
  scores: ({ n, d }) => ({
    map: gram(n, d),
    select: { f64: n * d * d, f32: 0, bytes: 4 * n * d },
  }),
}

function gram(n: number, d: number): StageWork {
  return { f64: n * d * (d + 1), f32: 0, bytes: 4 * n * d }
}

/** Shares of all stages of ours whose work is known, against the ceilings of as many threads. */
export function stageShares(results: readonly CaseResult[], ceilings: readonly Ceilings[]): StageShare[] {
  return results.flatMap((result) =>
    result.entries.flatMap((entry) => {
      const { stages, name } = entry
      if (stages === undefined) return []
      const threads = Math.max(1, entry.workers ?? 1)
      const limits = ceilingsOf(ceilings, threads)
      if (limits === undefined) return []
      const of = `${result.kind} ${result.n} x ${result.d}${asked(result)}`
      return Object.entries(WORK[result.kind](result, entry))
        .filter(([stage]) => (stages[stage] ?? 0) > 0)
        .map(([stage, work]) => ({
          of,
          name,
          stage,
          seconds: stages[stage],
          threads,
          ...work,
          ...sharesOf(work, stages[stage], limits),
        }))
    }),
  )
}

/** The machine's own where they were measured, else NumPy's; of as many threads. */
export function ceilingsOf(ceilings: readonly Ceilings[], threads: number): Ceilings | undefined {
  const fitting = ceilings.filter((one) => one.threads === threads)
  return fitting.find(({ by }) => by === 'cc') ?? fitting[0]
}

function sharesOf(
  { f64, f32, bytes }: StageWork,
  seconds: number,
  { f64Flops, f32Flops, streamBytes, readBytes = streamBytes }: Ceilings,
): Pick<StageShare, 'ofPeak' | 'ofBandwidth'> {
  return { ofPeak: (f64 / f64Flops + f32 / f32Flops) / seconds, ofBandwidth: bytes / readBytes / seconds }
}

/** What tells cases of one size apart. */
function asked({ kind, epsilon }: BenchCase): string {
  return kind === 'heavy' || kind === 'softmax' ? ` at ${epsilon}` : ''
}
