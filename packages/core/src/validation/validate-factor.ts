import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import {
  requireEach,
  requireGram,
  requireSymmetric,
  requireTriangle,
  whereOf,
  unusable,
} from './block-checks.ts'
import {
  innerProduct,
  signProbes,
  symmetricTimesVector,
  timesVector,
  transposeTimesVector,
  leastEigenvalue,
} from './sign-probes.ts'
import { REGULAR_BELOW_SLACK } from '../bounds/factor/certificate.ts'
import { type Preconditioner, mapError } from '../bounds/factor/preconditioner.ts'
import { type Factor, gramErrorOf } from '../bounds/factor/factor.ts'
import { ridgeRuleOf } from '../bounds/factor/ridge-rules.ts'
import { powerSlack } from '../arithmetic/power.ts'
import { leastSlack } from '../bounds/factor/least-slack.ts'
import { rootErrorsOf, type RootErrors, wholeError } from '../bounds/factor/triangular-factor.ts'
import { validatePreconditioner } from './validate-preconditioner.ts'

/** Recomputed error bounds are sums of a few rounded terms: they agree to this. */
const SAME = 1e-9
/** Another version may have been more generous. */
const MOST_ABOVE = 4

/** What else the file says of the rows that a factor is of. */
export interface FactorTerms {
  readonly file: string
  /** The field's name in the file. */
  readonly named: (name: string) => string
  /** Of the sum that the factor was made from, in its own columns: G, or M. [dim, dim], both triangles. */
  readonly gram: Float64Array
  readonly depth: number
  /** Errors of the R of the same rows, where the file holds one. */
  readonly levelErrors: readonly number[] | undefined
  /** Whether `gram` is of the factor's own rows: G is not, where M is not in the file. */
  readonly isOwn: boolean
}

/**
 * Throws Content unless the factor can be that of the file's own sums. Error bounds, the ridge and the slack are not to be below
 * what the code computes of the file's other numbers; where that takes the eigenvalues of a matrix, a Rayleigh quotient,
 * which is above the smallest, gives a weaker bound. O(d²).
 */
export function validateFactor(factor: Factor, terms: FactorTerms): void {
  const { file, named } = terms
  const { dim, columnNorms, live, rank, rowCount, preconditioner, lower, root } = factor
  const fail = (field: string, wanted: string, value: number) => {
    throw unusable(file, named(field), wanted, value)
  }
  requireEach(
    file,
    named('columnNorms'),
    columnNorms,
    (value) => value > 0 && value < Infinity,
    'finite numbers above 0',
  )
  const liveCount = live.reduce((sum, one) => sum + one, 0)
  const mostRank = Math.min(liveCount, rowCount)
  if (rank > mostRank) fail('rank', `${mostRank} at most`, rank)
  const mostCondition = 1.01 / Math.sqrt(2 * dim * UNIT_ROUNDOFF_F64)
  if (factor.condition > mostCondition) fail('condition', `${mostCondition} at most`, factor.condition)
  requireTriangle(file, named('lower'), lower, dim, 'upper')
  if (!root) requirePivots(file, named('lower'), lower, dim)
  const errors = root && rootErrorsOf(wholeError(terms.levelErrors ?? [], dim), dim)
  // The sum of weighted rows has other norms in their own columns' order of addition.
  const hasNorms = !preconditioner || !factor.power
  if (hasNorms) requireNorms(factor, terms)
  if (preconditioner) validatePreconditioner(preconditioner, columnNorms, file, named)
  const base = baseOf(factor, terms)
  if (preconditioner && terms.isOwn) requireSameSum(factor, preconditioner, terms)
  const ofProduct = errors ? errors.ofProduct + 2 * gamma(terms.depth + 1) : 0
  requireProduct(file, named('lower'), lower, base, factor.ridge, ofProduct)
  if (root) {
    requireTriangle(file, named('root'), root, dim, 'upper')
    requireProduct(file, named('root'), root, base, 0, ofProduct)
  }
  requireErrors(factor, terms, base, errors, fail)
}

/**
 * Throws Content unless refinedGram is TᵀGT, tried with vectors of signs x, z = T x: G is known to gamma_{depth+1} (Σ D_a|z_a|)²,
 * the refined one to as much of (Σ roots of its diagonal)², and its rows k T to ‖F‖ (theory.md section 8, "Slack"). Where T is large this
 * says little.
 */
function requireSameSum(
  { dim, gram: refined, columnNorms, live }: Factor,
  preconditioner: Preconditioner,
  { file, named, gram, depth }: FactorTerms,
): void {
  const relTol = 4 * (gamma(depth + 64) + gamma(4 * dim + 20))
  let trace = 0
  let roots = 0
  for (let i = 0; i < refined.length; i += dim + 1) {
    trace += refined[i]
    roots += Math.sqrt(refined[i])
  }
  const { ofSize, ofValue } = mapError(preconditioner, dim)
  const ofRows = (ofSize * Math.sqrt(dim) + ofValue * Math.sqrt(trace)) * Math.sqrt(dim)
  for (const signs of signProbes(dim)) {
    const z = timesVector(preconditioner.forward, signs)
    const found = innerProduct(signs, symmetricTimesVector(refined, signs))
    const dead = z.reduce((sum, value, a) => sum + (live[a] ? 0 : value * value), 0)
    const wanted = innerProduct(z, symmetricTimesVector(gram, z)) + dead
    const size = z.reduce((sum, value, a) => sum + columnNorms[a] * Math.abs(value), 0)
    const room = relTol * (size * size + roots * roots) + 4 * ofRows * (Math.sqrt(Math.abs(found)) + ofRows)
    if (!(Math.abs(found - wanted) > room)) continue
    throw unusable(
      file,
      named('refinedGram'),
      "the file's own sum in the coordinates 'forward'",
      found,
      `for a vector of signs, where that gives ${wanted}`,
    )
  }
}

type Fail = (field: string, wanted: string, value: number) => void

/** Of Cholesky; those of R have any sign, and one of zero cannot be that of a certified sum. */
function requirePivots(file: string, field: string, lower: Float64Array, dim: number): void {
  for (let i = 0; i < lower.length; i += dim + 1) {
    if (!(lower[i] > 0)) throw unusable(file, field, 'above 0 on its diagonal', lower[i], whereOf(i, dim))
  }
}

/** D is the root of the diagonal, which rounds once. */
function requireNorms({ columnNorms, dim }: Factor, { file, named, gram }: FactorTerms): void {
  columnNorms.forEach((norm, a) => {
    const square = gram[a * dim + a]
    const wanted = square > 0 ? Math.sqrt(square) : 1
    if (Math.abs(norm - wanted) <= 4 * UNIT_ROUNDOFF_F64 * wanted) return
    throw unusable(file, named('columnNorms'), `${wanted}, by the sum's diagonal`, norm, whereOf(a))
  })
}

/** The matrix whose Cholesky factor `lower` is, but for the ridge against `norms`²; a column of zeros is one unit key. */
interface Base {
  readonly matrix: Float64Array // [dim, dim], upper triangle
  readonly norms: Float64Array // [dim]: 1 in coordinates
}

function baseOf(factor: Factor, { file, named, gram, depth }: FactorTerms): Base {
  const { dim, preconditioner, columnNorms, rowCount } = factor
  if (preconditioner) {
    const matrix = factor.gram
    requireGram(file, named('refinedGram'), matrix, {
      dim,
      rowCount: rowCount + 1,
      relTol: gamma(depth + 64),
    })
    requireSymmetric(file, named('refinedGram'), matrix, dim)
    return { matrix, norms: new Float64Array(dim).fill(1) }
  }
  const matrix = gram.slice()
  for (let a = 0; a < dim; a++) if (matrix[a * dim + a] === 0) matrix[a * dim + a] = 1
  return { matrix, norms: columnNorms }
}

/**
 * Throws Content unless lower lowerᵀ = matrix + ridge norms², tried with vectors of signs over the roots of its diagonal. By
 * Cholesky each entry is off by gamma_{d+1} of the roots of its diagonal entries, equilibrating and scaling add 8 roundings, the
 * product here 3d: d times 2 gamma_{4d+20} in a row of the product. `error`: what R's own error adds to an entry.
 */
function requireProduct(
  file: string,
  field: string,
  lower: Float64Array,
  { matrix, norms }: Base,
  ridge: number,
  error: number,
): void {
  const dim = norms.length
  const roots = norms.map((norm, a) => Math.sqrt(matrix[a * dim + a] + ridge * norm * norm))
  if (roots.some((root) => !(root > 2 ** -500 && root < 2 ** 500))) return
  const allowed = dim * (2 * gamma(4 * dim + 20) + error)
  for (const signs of signProbes(dim)) {
    const x = signs.map((sign, a) => sign / roots[a])
    const wanted = symmetricTimesVector(matrix, x)
    const found = timesVector(lower, transposeTimesVector(lower, x))
    for (let a = 0; a < dim; a++) {
      const expected = wanted[a] + ridge * norms[a] * norms[a] * x[a]
      if (Math.abs(found[a] - expected) <= allowed * roots[a]) continue
      const what = "a factor of the file's own sum"
      throw unusable(
        file,
        field,
        what,
        found[a],
        `in row ${a} of its product with a vector of signs, where the sum gives ${expected}`,
      )
    }
  }
}

function requireErrors(
  factor: Factor,
  terms: FactorTerms,
  base: Base,
  errors: RootErrors | undefined,
  fail: Fail,
): void {
  const { dim, preconditioner, root, ridge, smallestEigenvalue, gramError, rootError } = factor
  const { depth } = terms
  const eta = dim * (gamma(depth + 1) + gamma(dim + 5))
  const near = (field: string, value: number, wanted: number) => {
    if (value >= wanted * (1 - SAME) && value <= MOST_ABOVE * wanted) return
    fail(field, `about ${wanted}, what rounding allows for`, value)
  }
  near('gramError', gramError, root ? 0 : gramErrorOf(dim, depth))
  if (!preconditioner) near('rootError', rootError, errors?.rootError ?? 0)
  if (ridge > 0 && !preconditioner) near('ridge', ridge, errors?.ridge ?? 4 * eta)
  if (ridge > 0 && preconditioner) requireRidgeInCoordinates(factor, depth, fail)
  const quotient = leastEigenvalue(base.matrix, factor.lower, base.norms)
  const isPlain = !preconditioner && !root && !factor.power
  const most = isPlain ? quotient + 4 * eta : 0
  if (smallestEigenvalue > most || (!isPlain && smallestEigenvalue !== 0))
    fail(
      'smallestEigenvalue',
      `${most}${isPlain ? " at most, by the file's own sum" : ''}`,
      smallestEigenvalue,
    )
  requireSlack(factor, terms, isPlain ? smallestEigenvalue : quotient + 4 * eta, errors, fail)
}

/** At least what its rule asks for the error of the sum (`ridgeOf` in factor.ts). */
function requireRidgeInCoordinates(factor: Factor, depth: number, fail: Fail): void {
  const { dim, gram, ridge } = factor
  let trace = 0
  for (let i = 0; i < gram.length; i += dim + 1) trace += gram[i]
  const least = ridgeRuleOf(factor).sumErrors * trace * (gamma(depth + 1) + gamma(dim + 5))
  if (!(ridge >= least * (1 - SAME))) fail('ridge', `${least} or more, by the file's own sum`, ridge)
}

/** `mu`: at least what the slack was made of. */
function requireSlack(
  factor: Factor,
  { depth }: FactorTerms,
  mu: number,
  errors: RootErrors | undefined,
  fail: Fail,
): void {
  const { thresholdSlack, rowCount, power } = factor
  const base = leastSlack(factor, mu, depth, errors)
  const least = power ? Math.max(base, powerSlack(power.p, base, rowCount)) : base
  if (!(thresholdSlack >= least * (1 - SAME)))
    fail('thresholdSlack', `${least} or more, by the file's own sum`, thresholdSlack)
  // A sum of weights is 3n roundings deep at most.
  const most = power ? powerSlack(power.p, REGULAR_BELOW_SLACK, 3 * rowCount) : REGULAR_BELOW_SLACK
  if (thresholdSlack > most) fail('thresholdSlack', `${most} at most`, thresholdSlack)
}
