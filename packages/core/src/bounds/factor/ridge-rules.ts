import { growthPower } from '../../arithmetic/power.ts'

/**
 * What a ridge certificate pays for safety (docs/theory.md section 8, "Ridge certificate"): a query is covered where the ridge is at
 * most `share` (s) of its row sum, and a computed score is at least `margin` times the exact one. In coordinates the ridge is
 * max(sumErrors eta, (rowErrors r)²), eta the error of the sum and r that of its rows.
 */
export interface RidgeRule {
  readonly share: number
  readonly margin: number
  readonly sumErrors: number
  readonly rowErrors: number
}

/** For rows that cannot be read again, and for sums whose ridge is to hide as little as can be: bounds are larger by 1.1/0.7. */
export const WIDE_RIDGE: RidgeRule = { share: 0.1, margin: 0.7, sumErrors: 16, rowErrors: 64 }

/**
 * In coordinates, after a pass that read all rows: bounds are larger by .3 %. Rounding takes at most 1/sumErrors + 3/rowErrors and
 * terms of second order, .0018.
 */
export const TIGHT_RIDGE: RidgeRule = { share: 1e-3, margin: 0.998, sumErrors: 1024, rowErrors: 4096 }

/** What a factor says of its ridge. */
interface RidgeTerms {
  readonly ridge: number
  /** By TIGHT_RIDGE; else by WIDE_RIDGE. */
  readonly isTight?: boolean | undefined
}

/** A factor's own. */
export function ridgeRuleOf({ isTight }: RidgeTerms): RidgeRule {
  return isTight ? TIGHT_RIDGE : WIDE_RIDGE
}

/** What a ridge certificate makes a computed tau larger by: for rounding, and for the share of a row sum that the ridge hides. */
export function ridgeInflation(factor: RidgeTerms): number {
  const { share, margin } = ridgeRuleOf(factor)
  return factor.ridge === 0 ? 1 : (1 + share) / margin
}

/**
 * How far a bound may lie above what the weights make of it, which for p = 2 is the leverage score, relative: what a ridge makes it
 * larger by is most of it, where there is one. Infinite where p is so large that nothing bounds it.
 */
export function boundSlackOf(
  factor: RidgeTerms & {
    readonly thresholdSlack: number
    readonly power?: { readonly p: number } | undefined
    readonly sketch?: object | undefined
  },
): number {
  return ridgeSlackOf(factor) + factor.thresholdSlack
}

/** The part of it that a ridge makes. */
export function ridgeSlackOf(
  factor: RidgeTerms & {
    readonly power?: { readonly p: number } | undefined
    readonly sketch?: object | undefined
  },
): number {
  if (factor.ridge === 0 || factor.sketch) return 0
  return Math.expm1(growthPower(factor.power?.p ?? 2) * Math.log(ridgeInflation(factor)))
}

/** The ridge as the wide rule's test counts it: `ridge` |.|² <= share N asks the same as `wideRidge` |.|² <= WIDE_RIDGE.share N. */
export function wideRidgeOf(factor: RidgeTerms): number {
  return factor.isTight ? factor.ridge * (WIDE_RIDGE.share / TIGHT_RIDGE.share) : factor.ridge
}
