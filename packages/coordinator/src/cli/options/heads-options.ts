import { extname } from 'node:path'
import { LevError } from '@levattention/core/internal'
import { flagOption, textOption, type ValueOption } from './option.ts'

const headsOption: ValueOption<'all' | readonly number[]> = {
  kind: 'value',
  isList: true,
  placeholder: 'all|I,J',
  description:
    'Each head of a 3-D, 4-D or 5-D input by itself (2-D: one head); files go into --out DIR: one a head, and heads.csv, where --force removes those of an earlier run',
  parse(text, name) {
    if (text === 'all') return text
    const parts = text.split(',').map((part) => part.trim())
    if (parts.every((part) => /^\d{1,9}$/.test(part))) return [...new Set(parts.map(Number))]
    const message = `--${name} is '${text}'; it is all, or heads counted from 0, as in \`--${name} 0,3\``
    throw new LevError('Option', message, { option: name })
  },
}

/** Which matrices of an input are heads, and which of them are taken. */
export const headsOptions = {
  heads: headsOption,
  layout: textOption(
    'LETTERS',
    'With --heads: what each axis of the input is, by a letter: l layer, b batch, h head, n (or s) row, d column; default hnd, bhnd or lbhnd by their number; bshd: as flash-attn has it',
  ),
  'as-heads': flagOption(
    'Several files are heads, one matrix each, all of one shape; --heads all is then the default',
  ),
  'skip-bad-heads': flagOption(
    'With --heads: a head with a NaN or infinity is left out and listed; without it such heads are refused',
  ),
}

interface HeadsValues {
  readonly heads?: 'all' | readonly number[] | undefined
  readonly layout?: string | undefined
  readonly 'as-heads': boolean
  readonly 'skip-bad-heads': boolean
}

/** How heads are read, for the job. */
export function headInputs(values: HeadsValues): { asHeads: boolean; skipBadHeads: boolean } {
  return { asHeads: values['as-heads'], skipBadHeads: values['skip-bad-heads'] }
}

/** The heads that are wanted; undefined where the input is one matrix. Throws Option where only their axes are told. */
export function headsOf({
  heads,
  layout,
  'as-heads': asHeads,
  'skip-bad-heads': skipBadHeads,
}: HeadsValues): 'all' | readonly number[] | undefined {
  if (heads !== undefined || asHeads) return heads ?? 'all'
  if (layout === undefined && !skipBadHeads) return undefined
  if (layout === undefined) {
    const message = '--skip-bad-heads leaves out heads of an array: say which are taken, as in `--heads all`'
    throw new LevError('Option', message, { option: 'skip-bad-heads' })
  }
  const message = '--layout says which axes of an array are heads: say which of these, as in `--heads all`'
  throw new LevError('Option', message, { option: 'layout' })
}

/**
 * The folder of the heads' files. Throws Option where it is missing or has the name of a file, and where one of the options
 * `ofOne` (by their names, undefined or false where they are not given), which are about one matrix, is there.
 */
export function headsFolder(
  out: string | undefined,
  extensions: readonly string[],
  ofOne: Readonly<Record<string, unknown>>,
): string {
  requireNoneOf(ofOne)
  if (out !== undefined && out !== '-' && !extensions.includes(extname(out))) return out
  const message = '--heads writes one file a head into a folder: name it, as in `--out heads`'
  throw new LevError('Option', message, { option: 'out' })
}

/** Throws Option where an option about one matrix is given beside --heads. */
export function requireNoneOf(ofOne: Readonly<Record<string, unknown>>): void {
  const clash = Object.keys(ofOne).find((name) => ofOne[name] !== undefined && ofOne[name] !== false)
  if (clash === undefined) return
  const instead = clash === 'checkpoint' ? ', or name one head and its own folder by its index' : ''
  const message = `--${clash} is for one matrix and --heads for several; leave one out${instead}`
  throw new LevError('Option', message, { option: clash })
}
