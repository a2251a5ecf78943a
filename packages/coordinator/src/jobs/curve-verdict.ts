import { counted, type OfPower, sizeExponent, sizeText } from '@levattention/core/internal'
import { type CurveSummary, RIDGE_BOUNDS } from './curve.ts'
import { MOST_MOMENT_COLUMNS } from '../plan/moments.ts'
import { ESTIMATE_PAYS_FROM } from '../problem/estimate-options.ts'
import { readsAllKeys } from '../problem/attention-problem.ts'

/** A tenth of the keys: from here on the universal set saves a lot. */
const SMALL_SHARE = 0.1
const sumsOverAll = (n: number, d: number, p: number): string =>
  p === 4 && d <= MOST_MOMENT_COLUMNS
    ? `Scores are shares of sums over all keys: for p = 4 and d up to ${MOST_MOMENT_COLUMNS} \`run\` has them from fourth moments of the keys, one more reading, where there are queries enough.`
    : sumsOfBruteForce(n)

const sumsOfBruteForce = (n: number): string =>
  'Scores are shares of sums over all keys, which for p other than 2 no matrix gives: `run` takes the work of brute force for those queries that have a pair that may be heavy' +
  (n < ESTIMATE_PAYS_FROM
    ? '; certified intervals, `--scores interval`, take less.'
    : '; estimates, `--scores estimate`, take a fraction of it from about 300,000 keys on, and miss a pair with a probability of 1e-6 at most.')

/** Whether a universal set will help with these keys, in sentences: what was found, then what the theory promises. */
export function curveVerdict(summary: CurveSummary): string[] {
  const { curve, n: all = 0, keysSeen: n = all, d = 0, p = 2, maxBound = 0 } = summary
  if (n === 0) return ['There are no keys.']
  return [
    found(curve, `${noQuery(summary)} gives any key more`, maxBound),
    promised(n, d, { p }),
    ...(readsAllKeys({ scores: 'exact', p }) ? [sumsOverAll(n, d, p)] : []),
  ]
}

/** The subject of what the largest bound says: a ridge certificate does not cover every query. */
export function noQuery({ warnings }: Pick<CurveSummary, 'warnings'>): string {
  const isRidge = warnings.some(({ code }) => code === RIDGE_BOUNDS)
  return isRidge ? 'no query, but for those that nearly vanish on all keys,' : 'no query'
}

function found(curve: CurveSummary['curve'], nothingMore: string, maxBound: number): string {
  const largest = digits(maxBound)
  if (curve.every(({ universalSize }) => universalSize === 0)) {
    return `The universal set is empty at every epsilon tried: ${nothingMore} than ${largest}.`
  }
  const small = curve.filter(
    ({ universalSize, universalFraction }) => universalSize > 0 && universalFraction <= SMALL_SHARE,
  )
  const from = small.at(-1)
  const [first] = curve
  if (from === undefined && first.universalSize === 0) {
    const last = curve.find(({ universalSize }) => universalSize > 0) ?? first
    return `It will not help: at epsilon ${last.epsilon} the universal set holds ${fraction(last.universalFraction)} of the keys, and above ${largest} none, since ${nothingMore}.`
  }
  if (from === undefined) {
    return `It will not help: even at epsilon ${first.epsilon} the universal set holds ${fraction(first.universalFraction)} of the keys.`
  }
  const empty = curve.findLast(({ universalSize }) => universalSize === 0)
  const none = empty === undefined ? '' : `; it is empty above ${largest}, since ${nothingMore}`
  return `It helps at epsilon ${from.epsilon} or larger: at that epsilon the universal set holds ${fraction(from.universalFraction)} of the keys${none}.`
}

/** A tenth of n once n >= 10 d^e / epsilon (`sizeExponent`). */
function promised(n: number, d: number, attention: OfPower): string {
  const total = sizeText(attention)
  const size = d ** sizeExponent(attention)
  const epsilon = size / (SMALL_SHARE * n)
  if (epsilon > 1) {
    return `Of ${counted(n, 'key')} with d = ${d} nothing more is promised: a tenth takes n >= 10 ${total}/epsilon, at least ${digits(10 * size)} keys.`
  }
  return `Whatever the keys, at most a tenth of them is promised from epsilon = 10 ${total}/n = ${digits(epsilon)} on.`
}

/** In front of 'of': '1 of the keys' would be one key. */
function fraction(share: number): string {
  return share === 1 ? 'all' : digits(share)
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)))
}
