import { LevError, type Rule, type Selection } from '@levattention/core'
import { type ModelShape, tokenCount } from '../model/shape.ts'
import { RULES_AT_INFERENCE } from '../study/arms.ts'
import { requireWhole } from './common.ts'

export interface SelectionOptions {
  readonly select: 'full' | Rule
  readonly keep: number
  readonly local: number | undefined
  readonly 'selection-seed': number
}

export const selectionOptions = {
  select: {
    choices: ['full', ...RULES_AT_INFERENCE] as ('full' | Rule)[],
    default: 'leverage' as 'full' | Rule,
    describe: 'which keys every query attends to',
  },
  keep: { type: 'number', default: 32, describe: 'keys of a head' },
  local: {
    type: 'number',
    describe: 'patches so many steps away on the grid, beside those keys: 1 = the four that touch it',
  },
  'selection-seed': { type: 'number', default: 1, describe: 'of random keys' },
} as const

/** Throws Option. */
export function selectionFrom(options: SelectionOptions, shape: ModelShape): Selection {
  const { gridSize } = shape
  const { select, keep, local, 'selection-seed': seed } = options
  if (select === 'full') {
    if (local !== undefined)
      throw new LevError('Option', '--local adds nothing to --select full: leave one out')
    return { full: true }
  }
  requireWhole('keep', keep, 1, tokenCount(shape))
  if (local !== undefined) requireWhole('local', local, 0)
  const grid = { height: gridSize, width: gridSize, prefixTokens: 1 }
  return {
    rule: select,
    keep,
    ...(select === 'random' && { seed }),
    ...(local !== undefined && { local, grid }),
  }
}

/** As a person says it. */
export function selectionName(selection: Selection): string {
  if (!('rule' in selection) || selection.rule === undefined) return 'all keys'
  const local = selection.local === undefined ? '' : ` + patches within ${selection.local}`
  return `${'keep' in selection ? selection.keep : ''} keys by ${selection.rule}${local}`
}
