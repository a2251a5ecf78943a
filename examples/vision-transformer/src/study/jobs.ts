import type { Rule } from '@levattention/core'
import { type Arm, ARMS, KEEPS, RULES_AT_INFERENCE, SEEDS } from './arms.ts'

/** One piece of the study: what it needs is done before it, and its line of the record is written when it is whole. */
export type Job =
  /** A short training, judged on the images that are held out. */
  | { readonly kind: 'choose'; readonly arm: Arm; readonly learningRate: number }
  | { readonly kind: 'train'; readonly arm: Arm; readonly seed: number }
  /** The full model of `seed`, trained a tenth of the steps more with leverage. */
  | { readonly kind: 'tune'; readonly seed: number }
  /** A trained model under a rule, or its own, on test images. */
  | {
      readonly kind: 'test'
      readonly model: Model
      readonly seed: number
      readonly rule: 'own' | Rule
      readonly keep?: number
      readonly images: number
    }
  /** The keys that a model chooses, over its training. */
  | { readonly kind: 'track'; readonly arm: Arm; readonly seed: number }

export type Model = Arm | 'tuned'

export const LEARNING_RATES = [1e-3, 2e-3, 4e-3] as const
export const CHOOSING_ARMS: readonly Arm[] = ['full', 'leverage-32']
export const TEST_IMAGES = 10_000
/** Where a whole test takes too long for what it tells. */
export const SOME_TEST_IMAGES = 1_000

/** They take four to ten times as long as the others. */
const SLOW_RULES: readonly Rule[] = ['sampled-queries', 'accumulated', 'kmeans']

/** All, in the order in which they are done: what tells most comes first. */
export function allJobs(): Job[] {
  return [
    ...LEARNING_RATES.flatMap((learningRate) =>
      CHOOSING_ARMS.map((arm): Job => ({ kind: 'choose', arm, learningRate })),
    ),
    ...SEEDS.flatMap((seed) => ofSeed(seed)),
    ...SEEDS.flatMap((seed) => fullUnderRules(seed)),
    ...SEEDS.flatMap((seed) => othersUnderRules(seed)),
  ]
}

/** Trains, reads under its own rule, and follows each arm. */
function ofSeed(seed: number): Job[] {
  const own = (model: Model): Job => ({ kind: 'test', model, seed, rule: 'own', images: TEST_IMAGES })
  return [
    ...ARMS.flatMap((arm): Job[] => [{ kind: 'train', arm, seed }, own(arm), { kind: 'track', arm, seed }]),
    { kind: 'tune', seed },
    own('tuned'),
  ]
}

function fullUnderRules(seed: number): Job[] {
  return KEEPS.toReversed().flatMap((keep) =>
    RULES_AT_INFERENCE.map((rule): Job => {
      const images = SLOW_RULES.includes(rule) ? SOME_TEST_IMAGES : TEST_IMAGES
      return { kind: 'test', model: 'full', seed, rule, keep, images }
    }),
  )
}

function othersUnderRules(seed: number): Job[] {
  return [...ARMS.slice(1), 'tuned' as const].flatMap((model) =>
    (['leverage', 'norm-max', 'random', 'accumulated'] as const).map((rule): Job => ({
      kind: 'test',
      model,
      seed,
      rule,
      keep: 32,
      images: SOME_TEST_IMAGES,
    })),
  )
}

/** A name that no other job has. */
export function idOf(job: Job): string {
  switch (job.kind) {
    case 'choose':
      return `choose/${job.arm}/${job.learningRate}`
    case 'train':
    case 'track':
      return `${job.kind}/${job.arm}/${job.seed}`
    case 'tune':
      return `tune/${job.seed}`
    default:
      return `test/${job.model}/${job.seed}/${job.rule}${job.keep === undefined ? '' : `-${job.keep}`}`
  }
}
