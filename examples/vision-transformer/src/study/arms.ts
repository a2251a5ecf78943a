import type { Selection } from '@levattention/core'
import { RULES } from '@levattention/core/internal'
import { type ModelShape, SMALL } from '../model/shape.ts'

/** What a model is trained with. */
export const ARMS = ['full', 'leverage-32', 'norm-32', 'random-32', 'leverage-32+local'] as const
export type Arm = (typeof ARMS)[number]

export const SEEDS = [1, 2, 3] as const
/** Keys of a head. */
export const KEEPS = [8, 16, 32, 64] as const

/** Rules that a trained model is read with: 'accumulated', of all queries, is the best fixed set for the attention that it holds. */
export const RULES_AT_INFERENCE = RULES

/** Patches that touch a patch on a side, beside those of the rule. */
const LOCAL = 1

export function selectionOf(arm: Arm, seed: number, shape: ModelShape = SMALL): Selection {
  const grid = { height: shape.gridSize, width: shape.gridSize, prefixTokens: 1 }
  const selections: Readonly<Record<Arm, Selection>> = {
    full: { full: true },
    'leverage-32': { rule: 'leverage', keep: 32 },
    'norm-32': { rule: 'norm-max', keep: 32 },
    'random-32': { rule: 'random', keep: 32, seed },
    'leverage-32+local': { rule: 'leverage', keep: 32, local: LOCAL, grid },
  }
  return selections[arm]
}
