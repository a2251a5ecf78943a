import type { Job } from '../../job/job.ts'
import { scoringSeconds } from '../../problem/attention-problem.ts'
import type { InputShapes } from './input-shapes.ts'

/** The parts of a report of inputs with queries, in their order. */
const PARTS = ['power', 'scores', 'softmax', 'line', 'mass', 'attended', 'heaviest'] as const
export type Part = (typeof PARTS)[number]

/** What each does. */
const DOING: Readonly<Record<Part, string>> = {
  power: 'searching |q.k|^p pairs',
  scores: 'scoring keys',
  softmax: 'searching softmax pairs',
  line: 'measuring softmax mass',
  mass: 'measuring outputs',
  attended: 'choosing attended keys',
  heaviest: 'looking for heaviest pairs',
}

/** Seconds on one core, for a product of a query and a key: of a dot, and of all that softmax takes beside it. */
const [SECONDS_A_DOT, SECONDS_A_PRODUCT] = [2e-10, 1.2e-8] as const
/** How often no head has a softmax pair, roughly: then all are searched again. */
const HEAVIEST = 0.3
/** What each part takes however small it is. */
const LEAST_SECONDS = 0.02

/** Tells the progress which part comes, and what share of the whole it is, roughly. */
export class Parts {
  readonly #job: Job
  readonly #seconds: Readonly<Record<Part, number>>

  /** `sample`: how many queries of a head are judged; absent: all. `hasSoftmax`: whether its pairs are searched. */
  constructor(shapes: InputShapes, of: { readonly sample?: number; readonly hasSoftmax: boolean }, job: Job) {
    this.#job = job
    this.#seconds = secondsOf(shapes, of)
  }

  /** `of`: which of how many rounds of it begins. */
  begin(
    part: Part,
    { at: round, of }: { readonly at: number; readonly of: number } = { at: 0, of: 1 },
  ): void {
    const at = PARTS.indexOf(part)
    const sums = [0, at, at + 1, PARTS.length].map((end) =>
      PARTS.slice(0, end).reduce((sum, one) => sum + this.#seconds[one], 0),
    )
    const [from, to] = [sums[1] / sums[3], sums[2] / sums[3]]
    const each = (to - from) / of
    this.#job.beginPart(from + round * each, from + (round + 1) * each, DOING[part])
  }
}

function secondsOf(
  { n, d, m = 0, dv = 0, headCount }: InputShapes,
  { sample, hasSoftmax }: { readonly sample?: number; readonly hasSoftmax: boolean },
): Record<Part, number> {
  const scoring = scoringSeconds({ rows: n, cols: d })
  const products = (queries: number, width: number) =>
    n * queries * (width * SECONDS_A_DOT + SECONDS_A_PRODUCT)
  const all = {
    power: 0.3 * scoring,
    scores: 0.4 * scoring,
    softmax: hasSoftmax ? products(m, d) : 0,
    line: products(sample ?? m, d),
    mass: products(sample ?? m, d + dv),
    attended: sample === undefined ? products(m, d) : 0,
    heaviest: 0.1 * scoring + (hasSoftmax ? HEAVIEST * products(m, d) : 0),
  }
  const entries = Object.entries(all).map(([part, seconds]) => [part, LEAST_SECONDS + headCount * seconds])
  return Object.fromEntries(entries) as Record<Part, number>
}
