import { shown } from '../arguments/kind-of.ts'
import { type OptionName, optionText } from '../arguments/option-text.ts'
import type { LocalKeys, TokenGrid } from '../attend/attend-terms.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import type { Selection } from './attend-options.ts'

type Extras = Pick<Selection, 'local' | 'sinkTokens' | 'restClusters' | 'grid'>

/** The least that each counts. */
const LEAST = { local: 0, sinkTokens: 0, restClusters: 1 } as const
const COUNTS = ['local', 'sinkTokens', 'restClusters'] as const

/** Throws Option where what a selection has beside its fixed set is none, excludes it, or does not fit `keyCount` keys. */
export function requireExtras(selection: Selection, keyCount: number): void {
  for (const name of COUNTS) requireCount(name, selection[name], LEAST[name])
  const { grid, local } = selection
  const given = [...COUNTS, 'grid' as const].filter((name) => selection[name] !== undefined)
  if ('full' in selection && given.length > 0)
    throw refused(given[0], `${optionText('full')} is every key already; leave ${optionText(given[0])} out`)
  if ('none' in selection && !given.some((name) => name !== 'grid')) {
    const choice = COUNTS.map((name) => optionText(name)).join(', ')
    throw refused('none', `a selection of none attends to nothing; give at least one of ${choice}`)
  }
  if (grid === undefined) return
  if (local === undefined)
    throw refused(
      'grid',
      `${optionText('grid')} says which keys are local: add ${optionText('local')}, the largest distance`,
    )
  requireGrid(grid, keyCount)
}

export function localKeysOf({ local, grid }: Pick<Extras, 'local' | 'grid'>): LocalKeys | undefined {
  return local === undefined ? undefined : { radius: local, ...(grid && { grid }) }
}

function requireGrid(grid: TokenGrid, keyCount: number): void {
  if (typeof grid !== 'object' || (grid as unknown) === null)
    throw refused('grid', `${optionText('grid')} is ${shown(grid)}; it takes a height and a width`)
  const { height, width, prefixTokens = 0 } = grid
  if (!isCount(height, 1) || !isCount(width, 1))
    throw refused(
      'grid',
      `${optionText('grid')} is ${shown(height)} x ${shown(width)}; it has at least one row and one column`,
    )
  requireCount('prefixTokens', grid.prefixTokens, 0)
  const cells = height * width
  if (cells + prefixTokens === keyCount) return
  const prefix = prefixTokens > 0 ? ` behind ${counted(prefixTokens, 'prefix token')}` : ''
  const found = `${optionText('grid')} has ${height} x ${width} = ${cells} cells${prefix}, and there are ${counted(keyCount, 'key')}`
  throw refused('grid', `${found}${prefixAdvice(keyCount - cells)}${squareAdvice(keyCount, prefixTokens)}`)
}

/** A class token and some registers: what more keys are is no prefix, but another grid. */
const MOST_PREFIX = 16

/** The prefix that would fit behind which so many `others` than cells stand: half a sentence. */
export function prefixAdvice(others: number): string {
  if (others < 0) return '; there are not as many keys as cells'
  return others > MOST_PREFIX ? '' : `; ${optionText('prefixTokens', others)} fits`
}

/** The square grid that takes all keys behind the prefix tokens, where there is one: half a sentence. */
function squareAdvice(keyCount: number, prefixTokens: number): string {
  const side = Math.sqrt(keyCount - prefixTokens)
  if (side >= 1 && Number.isInteger(side)) return `; a square grid that fits is ${side} x ${side}`
  return ''
}

function requireCount(option: OptionName, value: unknown, least: number): void {
  if (value === undefined || isCount(value, least)) return
  throw refused(
    option,
    `${optionText(option)} is ${shown(value)}; it must be a whole number of at least ${least}`,
  )
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

function refused(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
