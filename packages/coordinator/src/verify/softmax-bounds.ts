import { CHUNK_ROWS, gamma, PANEL_ROWS, UNIT_ROUNDOFF_F64 } from '@levattention/core/internal'

/** The largest slack of an honest pair, and error of an honest log-sum-exp, of a row in float32 (docs/theory.md section 7). */
const LARGEST_FLOAT32_SLACK = 1e-3
/** Of a row in float64, beside what its logits are off by. */
const FLOAT64_SLACK = 1e-9
/** Rows that brute force knows no better are not judged: candidates would be lost (core's verify/candidates.ts). */
const LARGEST_OWN_ERROR = 1e-3

/** What a row of brute force is off by at most, and what an honest file may be off by. */
export interface RowBounds {
  /** Absolute, of a logit. */
  readonly logit: number
  /** Absolute, of log Σ exp(z). */
  readonly logSum: number
  /** Relative, of a score. */
  readonly score: number
  /** Largest slack that a file may claim. */
  readonly slackLimit: number
  /** False where float64 cannot decide the row. */
  readonly isKnown: boolean
}

interface RowTerms {
  readonly dim: number
  /** n */
  readonly keyCount: number
  /** scale |q| max|k|: no logit is larger. */
  readonly reach: number
  readonly precision: 'f32' | 'f64'
}

/**
 * Errors of core's SoftmaxSweep: mu of a logit; log Σ by mu, its additions, and the roundings of maximum and logarithm; a score by
 * those of its logit and of log Σ, exp and 1 % for what is of second order. A writer's float64 rows are off by 3 mu by the same
 * counting, its slack says so, and one mu is left for how it rounds reach.
 */
export function rowBoundsOf({ dim, keyCount, reach, precision }: RowTerms): RowBounds {
  const logit = gamma(dim + 10) * reach
  const logSum = logit + gamma(additionsOf(keyCount)) + 4 * UNIT_ROUNDOFF_F64 * (reach + 50)
  const score = 1.01 * (logit + logSum) + 8 * UNIT_ROUNDOFF_F64
  const float64 = FLOAT64_SLACK + 4 * logit
  return {
    logit,
    logSum,
    score,
    slackLimit: precision === 'f64' ? float64 : Math.max(LARGEST_FLOAT32_SLACK, float64),
    isKnown: score <= LARGEST_OWN_ERROR,
  }
}

/** Roundings behind a row's sum: rows of a block, then four a block of at least PANEL_ROWS, and as many a task. */
function additionsOf(keyCount: number): number {
  return CHUNK_ROWS + 8 * Math.ceil(keyCount / PANEL_ROWS) + 16
}
