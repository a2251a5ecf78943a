import type { HeadCoverage } from './coverage-facts.ts'

/** The plain mean over heads of what one selection holds. */
export interface MeanColumn {
  readonly select: string
  readonly keep: number | null
  readonly fit: string
  /** Of massMean; null where no head has a judged row. */
  readonly mass: number | null
  /** Of uniformMass. */
  readonly uniform: number | null
  /** Of keysPerRow; absent: not told. */
  readonly keys?: number | null
  /** Of outputErrorMean; null without values. */
  readonly error: number | null
  /** Of heavyRecall; null where no head has a heavy pair. */
  readonly recall: number | null
}

/** What most of the paper's tables are about. */
const USUAL_KEEP = 32

/** Of all selections of `heads`, at least one. */
export function meanColumns(heads: readonly HeadCoverage[]): MeanColumn[] {
  const told = heads.filter(({ judged }) => judged > 0)
  const mean = (of: (head: HeadCoverage) => number | null) => {
    const values = told.flatMap((head) => of(head) ?? [])
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
  }
  return heads[0].selections.map(({ select, keep, fit }, at) => ({
    select,
    keep,
    fit,
    mass: mean(({ selections }) => selections[at].massMean),
    uniform: mean(({ selections }) => selections[at].uniformMass),
    keys: mean(({ selections }) => selections[at].keysPerRow),
    error: mean(({ selections }) => selections[at].outputErrorMean ?? null),
    recall: mean(({ selections }) => selections[at].heavyRecall),
  }))
}

/**
 * The number of keys that heads are shown at: 32, or the middle one of those that were asked for, of two the larger; numbers that
 * leave no key out only where there are no others. Null where no rule keeps any.
 */
export function shownKeep(columns: readonly MeanColumn[]): number | null {
  const kept = columns.filter(({ keep }) => keep !== null)
  const parts = kept.filter(({ uniform }) => uniform === null || uniform < 1)
  const told = parts.length > 0 ? parts : kept
  const keeps = [...new Set(told.flatMap(({ keep }) => keep ?? []))].sort((a, b) => a - b)
  if (keeps.length === 0) return null
  return keeps.includes(USUAL_KEEP) ? USUAL_KEEP : keeps[Math.floor(keeps.length / 2)]
}
