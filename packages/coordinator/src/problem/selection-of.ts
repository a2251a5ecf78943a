import {
  type NamedSet,
  LevError,
  type OptionName,
  optionText,
  type Selection,
} from '@levattention/core/internal'
import type { Extra, Select } from './select-text.ts'

/** What the options of a command say of the keys that are attended to; the names are those of the options. */
export interface SelectionOptions {
  readonly select?: Select | undefined
  readonly keep?: number | undefined
  readonly epsilon?: number | undefined
  /** A .npy of row ids. */
  readonly ids?: string | undefined
  readonly full?: boolean | undefined
  readonly seed?: number | undefined
  readonly local?: number | undefined
  readonly sinkTokens?: number | undefined
  readonly restClusters?: number | undefined
  readonly grid?: { readonly height: number; readonly width: number } | undefined
  readonly prefixTokens?: number | undefined
}

/** Arrays that a selection names, of one key head. */
export interface SelectionArrays {
  readonly ids?: ArrayLike<number> | undefined
  readonly scores?: Float64Array | undefined
}

/** The selection of one key head. Throws Option where the options exclude one another, or say less than is needed. */
export function selectionOf(options: SelectionOptions, arrays: SelectionArrays): Selection {
  const { local, sinkTokens, restClusters, grid, prefixTokens, seed } = options
  requireNamed(options)
  if (prefixTokens !== undefined && grid === undefined)
    throw refused('prefix-tokens', '--prefix-tokens says where the cells of a grid begin: add `--grid 14x14`')
  return {
    ...fixedSetOf(options, arrays),
    ...(local === undefined ? {} : { local }),
    ...(sinkTokens === undefined ? {} : { sinkTokens }),
    ...(restClusters === undefined ? {} : { restClusters, ...(seed === undefined ? {} : { seed }) }),
    ...(grid === undefined
      ? {}
      : { grid: { ...grid, ...(prefixTokens === undefined ? {} : { prefixTokens }) } }),
  }
}

function fixedSetOf(options: SelectionOptions, { ids, scores }: SelectionArrays): NamedSet {
  const { select, keep, epsilon, full = false, seed } = options
  const isNone = select !== undefined && select.rule === undefined && select.scoresFile === undefined
  const given = [
    ...(keep === undefined ? [] : ['keep']),
    ...(epsilon === undefined ? [] : ['epsilon']),
    ...(options.ids === undefined ? [] : ['ids']),
    ...(full ? ['full'] : []),
  ]
  if (given.length > 1)
    throw refused(
      given[1],
      `--${given[0]} and --${given[1]} both say which keys are attended to; give one of them`,
    )
  if (isNone) {
    if (given.length > 0)
      throw refused(
        given[0],
        `--select without a rule keeps no keys, and --${given[0]} says which; leave one out`,
      )
    return { none: true }
  }
  if (given.length === 0) {
    const message =
      'which keys are attended to has no default: give --keep N, --epsilon E, --ids F.npy or --full'
    throw refused('keep', message)
  }
  if (select !== undefined && (full || ids !== undefined))
    throw refused('select', `--select is a rule, and --${given[0]} needs none; leave one out`)
  if (full) return { full: true }
  if (ids !== undefined) return { ids }
  if (scores !== undefined) {
    if (keep !== undefined) return { scores, keep }
    throw refused('epsilon', '--epsilon is a threshold of leverage; of scores give --keep N')
  }
  const rule = select?.rule ?? 'leverage'
  if (keep !== undefined) return { rule, keep, ...(seed === undefined ? {} : { seed }) }
  if (epsilon !== undefined && rule === 'leverage') return { rule, epsilon }
  throw refused('epsilon', `--epsilon is a threshold of leverage; with '${rule}' give --keep N`)
}

/** Throws Option where --select names an extra whose size nobody gives. */
export function requireNamed({
  select,
  local,
  sinkTokens,
  restClusters,
}: Pick<SelectionOptions, 'local' | 'sinkTokens' | 'restClusters'> & {
  readonly select?: Pick<Select, 'extras'> | undefined
}): void {
  const sizes: Readonly<Record<Extra, readonly [option: OptionName, size: number | undefined]>> = {
    local: ['local', local],
    sinks: ['sinkTokens', sinkTokens],
    rest: ['restClusters', restClusters],
  }
  for (const extra of select?.extras ?? []) {
    const [option, size] = sizes[extra]
    if (size === undefined)
      throw refused(
        option,
        `${optionText('select')} names ${extra}, and nothing says how many: add ${optionText(option)}`,
      )
  }
}

function refused(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
