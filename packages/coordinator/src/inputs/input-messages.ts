import {
  counted,
  type Heads,
  isLevError,
  layoutOf,
  LevError,
  listText,
  type MatrixSource,
  type MissingRows,
  type RowMask,
} from '@levattention/core/internal'
import type { RunStats } from '../tasks/run-context.ts'

/** Warns where what is read as heads outnumbers the rows, as in captures that have the rows first. */
export function warnOfLayout({ address, shape, layout, rows, extents }: Heads, stats: RunStats): void {
  const { head = 1 } = extents
  const other = layoutOf(shape.length, 'nhd')
  if (head <= rows || rows === 0 || other === undefined) return
  const names: Readonly<Record<string, string>> = {
    l: 'layers',
    b: 'batch',
    h: 'heads',
    n: 'rows',
    s: 'rows',
    d: 'columns',
  }
  const [read, meant] = [layout, other].map((letters) =>
    letters
      .split('')
      .map((letter) => names[letter])
      .join(', '),
  )
  stats.warn(
    'layout',
    `${address} of shape (${shape.join(', ')}) is read as [${read}]: ${head} heads of ${counted(rows, 'row')}. If it is [${meant}], ` +
      `as flash-attn and TransformerLens have it, add \`--layout ${other}\``,
  )
}

/**
 * `error`; but with the warning about a layout where one was given, for what a wrong one may have led to: sizes and heads that do
 * not fit. A number that is not finite is none by any layout.
 */
export function withLayoutAdvice(error: unknown, { warnings }: RunStats): unknown {
  const warning = warnings.find(({ code }) => code === 'layout')
  if (warning === undefined || !(error instanceof LevError)) return error
  const { tag, message, place } = error
  const isAboutShapes =
    tag === 'Option' || tag === 'ShapeMismatch' || (tag === 'Content' && place.value === undefined)
  if (!isAboutShapes || place.remedy !== undefined) return error
  return new LevError(tag, `${message}. ${warning.message}`, place, { cause: error })
}

/** `error`; but where it is about a layout that `other` has, an input before, without the layout that would fit this one alone. */
export function withOneLayout(error: unknown, other: Heads | undefined): unknown {
  if (other === undefined || !isLevError(error, 'Content') || error.place.option !== 'layout') return error
  const found = error.message.replace(/\. With a letter for each axis: .*$/, '')
  const message = `${found}, as ${other.address} has them, of shape (${other.shape.join(', ')}). All inputs have one layout: give both the same axes`
  return new LevError('Content', message, error.place, { cause: error })
}

/** Warns where a mask hides most rows: as one does that is read the wrong way round. */
export function warnOfHidden(
  { address, rows, batches, hiddenCount, reversing }: RowMask,
  option: string,
  stats: RunStats,
): void {
  const all = rows * batches
  if (2 * hiddenCount <= all) return
  const turning = reversing === undefined ? 'turn it round' : reversing
  stats.warn(
    option,
    `--${option} ${address} hides ${hiddenCount} of ${counted(all, 'row')}: True (1) is seen, as in scaled_dot_product_attention and Hugging Face. ` +
      `The key_padding_mask of nn.MultiheadAttention is the reverse; for such a one ${turning}`,
  )
}

/** Warns of an input without a row: a file that was not filled is one. */
export function warnOfNoRows({ rows }: { readonly rows: number }, option: string, stats: RunStats): void {
  if (rows > 0) return
  const message = `the ${option} have no rows: their shape is there, and nothing in it. Was the file written to its end?`
  stats.warn(`no-${option}`, message)
}

/** Of whose rows some were dropped: keys or queries, and the names of its columns where they have some. */
interface Dropping {
  readonly option: string
  readonly names: readonly string[] | undefined
  readonly hasWeights: boolean
}

/** Says how many rows were dropped; warns where none is left. */
export function warnOfDropped(
  { rowCount, columns }: MissingRows,
  { rows }: Pick<MatrixSource, 'rows'>,
  { option, names, hasWeights }: Dropping,
  stats: RunStats,
): void {
  if (rowCount === 0) return
  const word = columns.length === 1 ? 'column' : 'columns'
  const shown = listText(columns.map((column) => names?.[column] ?? column))
  const places = [
    ...(columns.length === 0 ? [] : [`${word} ${shown}${names === undefined ? ' of the matrix' : ''}`]),
    ...(hasWeights ? ['the weights'] : []),
  ]
  const where = places.join(' and ')
  const message = `${rowCount} of ${counted(rows, 'row')} of the ${option} ${rowCount === 1 ? 'has' : 'have'} a missing value, in ${where}, and ${rowCount === 1 ? 'takes' : 'take'} no part; the others keep their ids`
  stats.warn(`dropped-${option}`, message)
}

/** Says of how many rows of which heads, by their indices, values are missing. */
export function warnOfDroppedHeads(
  found: ReadonlyMap<number, Pick<MissingRows, 'rowCount'>>,
  { rows }: Pick<Heads, 'rows'>,
  option: string,
  stats: RunStats,
): void {
  const gaps = [...found].filter(([, { rowCount }]) => rowCount > 0)
  if (gaps.length === 0) return
  const shown = gaps.map(([head, { rowCount }]) => `${rowCount} of head ${head}`)
  const message = `of ${counted(rows, 'row')} of each head of the ${option} some have a missing value, and take no part: ${listText(shown)}; the others keep their ids`
  stats.warn(`dropped-${option}`, message)
}

/** Warns of a mask of one side alone, where there are as many queries as keys. */
export function warnOfOneMask(stats: RunStats, isOfKeys: boolean): void {
  const [given, other] = isOfKeys ? ['key-mask', 'query-mask'] : ['query-mask', 'key-mask']
  const message = `--${given} is given and --${other} is not: where queries and keys are the same padded rows, both take the same file`
  stats.warn('one-mask', message)
}

/** The Option error for several files where one matrix is wanted; `takesHeads`: of a command that takes each by itself. */
export function severalFiles(addresses: readonly string[], option: string, takesHeads: boolean): LevError {
  const each = takesHeads
    ? 'add `--as-heads`'
    : 'run each by itself, or save them as one array [heads, rows, columns] for run with --heads'
  const message =
    `${namesOf(addresses, option)}. If they are the rows of one matrix, one file after the other, ` +
    `add \`--concat\`; if each is a head of its own, ${each}`
  return new LevError('Option', message, { option })
}

/** The Option error for several files where the heads of one array are wanted. */
export function severalHeads(addresses: readonly string[], option: string): LevError {
  const message = `${namesOf(addresses, option)}, and --heads takes one array. If each file is a head of its own, add \`--as-heads\``
  return new LevError('Option', message, { option })
}

function namesOf(addresses: readonly string[], option: string): string {
  const shown = addresses.length > 3 ? `${addresses.slice(0, 3).join(', ')}, …` : addresses.join(', ')
  return `--${option} names ${counted(addresses.length, 'file')} (${shown})`
}
