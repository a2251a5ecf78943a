import type { Kernels } from '../kernels/kernels.ts'
import { denseBy } from '../kernels/dense.ts'
import {
  type CertifiedGram,
  fewRowsStep,
  firstStep,
  refinedStep,
  wantedCoordinates,
} from '../bounds/factor/certificate.ts'
import { factorOf, tightFactorOf } from '../bounds/factor/factor.ts'
import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import { firstWeightPreconditioner, lewisStep } from '../bounds/power/lewis-step.ts'
import { productFeaturesOf } from '../bounds/power/product-features.ts'
import { sketchFactor } from '../bounds/sketch/sketch-factor.ts'
import { columnRelations } from '../linalg/column-relations.ts'
import type { Task } from '../passes/pass.ts'
import { mergeBounded } from '../passes/summary-pass.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { universalSetOfState } from '../summary/summary-answer.ts'
import { entryScoresOf } from '../bounds/power/row-weights.ts'
import { universalSetOf } from '../universal/universal-set.ts'
import { dualBounds, firstTrials, nextTrials, tighteningOf } from '../universal/tighten.ts'
import { plainSums, sharedSums, sumsOf } from './plain-sums.ts'

type LewisTerms = Parameters<typeof lewisStep> extends [...infer Terms, unknown?] ? Terms : never

/**
 * What is computed of a few d x d matrices between two passes over the rows, d³ operations each: pure functions of sums and plain
 * data, the same bits on every thread. A caller's thread that did them would hear nothing for seconds near d = 1,000.
 */
export const ALGEBRA = {
  firstStep: (kernels: Kernels, sum: GramSum) => firstStep(sum, denseBy(kernels)),
  fewRowsStep: (kernels: Kernels, sum: GramSum, eigenvalues: Float64Array) =>
    fewRowsStep(sum, eigenvalues, denseBy(kernels)),
  wantedCoordinates: (kernels: Kernels, step: CertifiedGram) => wantedCoordinates(step, denseBy(kernels)),
  refinedStep: (
    kernels: Kernels,
    step: CertifiedGram,
    coordinates: Preconditioner,
    sum: GramSum,
    dropRidge: number,
  ) => refinedStep(step, coordinates, sum, dropRidge, denseBy(kernels)),
  factorOf: (kernels: Kernels, step: CertifiedGram, rowCount: number, dropRidge: number) =>
    factorOf(step, rowCount, dropRidge, denseBy(kernels)),
  tightFactorOf: (kernels: Kernels, step: CertifiedGram, rowCount: number, dropRidge: number) =>
    tightFactorOf(step, rowCount, dropRidge, denseBy(kernels)),
  firstWeights: (kernels: Kernels, step: CertifiedGram) => firstWeightPreconditioner(step, denseBy(kernels)),
  lewisStep: (kernels: Kernels, ...[p, step, coordinates, sum, before, mayBeTight]: LewisTerms) =>
    lewisStep(p, step, coordinates, sum, before, mayBeTight, denseBy(kernels)),
  productFeatures: (kernels: Kernels, sum: GramSum, leastBound: number) =>
    productFeaturesOf(sum, leastBound, denseBy(kernels)),
  sketchFactor,
  mergeBounded,
  columnRelations: (_kernels: Kernels, sum: GramSum) => columnRelations(sum.unscaled(), sum.dim),
  universalSetOf,
  universalSetOfState,
  entryScoresOf,
  tighteningOf: (_kernels: Kernels, ...given: Parameters<typeof tighteningOf>) => tighteningOf(...given),
  firstTrials: (_kernels: Kernels, ...given: Parameters<typeof firstTrials>) => firstTrials(...given),
  dualBounds,
  nextTrials: (_kernels: Kernels, ...given: Parameters<typeof nextTrials>) => nextTrials(...given),
} as const

export type AlgebraName = keyof typeof ALGEBRA

/** What a piece of algebra takes beside the kernels. */
export type AlgebraTerms<Name extends AlgebraName> = (typeof ALGEBRA)[Name] extends (
  kernels: Kernels,
  ...terms: infer Terms
) => unknown
  ? Terms
  : never

export type AlgebraAnswer<Name extends AlgebraName> = ReturnType<(typeof ALGEBRA)[Name]>

/** A piece of algebra as a task: terms and answer as `plainSums` has them. */
export interface AlgebraRequest {
  readonly name: AlgebraName
  readonly terms: unknown
}

export const ALGEBRA_TASK: Task<AlgebraRequest, unknown> = { kind: 'algebra' }

/** The answer in this thread. */
export function algebraHere<Name extends AlgebraName>(
  kernels: Kernels,
  name: Name,
  terms: AlgebraTerms<Name>,
): AlgebraAnswer<Name> {
  const compute = ALGEBRA[name] as (kernels: Kernels, ...terms: readonly unknown[]) => unknown
  return compute(kernels, ...(terms as readonly unknown[])) as AlgebraAnswer<Name>
}

export function algebraRequest<Name extends AlgebraName>(
  name: Name,
  terms: AlgebraTerms<Name>,
): AlgebraRequest {
  return { name, terms: plainSums(terms) }
}

/** A worker's answer to a request. */
export function answerAlgebra(kernels: Kernels, { name, terms }: AlgebraRequest): unknown {
  return sharedSums(algebraHere(kernels, name, sumsOf(terms) as AlgebraTerms<typeof name>))
}

export function algebraAnswer<Name extends AlgebraName>(_name: Name, answer: unknown): AlgebraAnswer<Name> {
  return sumsOf(answer) as AlgebraAnswer<Name>
}
