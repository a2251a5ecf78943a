import { extname } from 'node:path'
import { LevError } from '@levattention/core/internal'
import { type Select, parseSelect } from '../../problem/select-text.ts'
import { countOption, flagOption, textOption, type ValueOption } from './option.ts'

/** Keys beside those of a rule, and what stands for the others. */
export const extraKeyOptions = {
  local: countOption('R', 'Beside them the keys |i - j| <= R of query i; with --causal 0 <= i - j <= R', 0),
  grid: gridOption(),
  'prefix-tokens': countOption(
    'P',
    'Keys before the cells of --grid, which have and are no local keys; default 0',
    0,
  ),
  'sink-tokens': countOption('S', 'Beside them the first S keys', 0),
  'rest-clusters': countOption(
    'C',
    'The keys left out stand in as C clusters: log count, mean key, mean value',
  ),
}

/** Which keys are attended to, of all that a query sees. */
export const selectionOptions = {
  keep: countOption('N', 'The N keys that the rule ranks first'),
  ids: textOption('FILE', 'Or these keys: row ids in a .npy [N], or [key heads, N]; -1 is skipped'),
  full: flagOption('Or every key'),
  select: selectOption(),
  ...extraKeyOptions,
}

function selectOption(): ValueOption<Select> {
  return {
    kind: 'value',
    placeholder: 'RULE',
    description:
      'leverage (default), norm-max, norm-min, random, query-moments, sampled-queries, accumulated, kmeans, or a .npy of scores; +local, +sinks, +rest behind it; local, sinks, local+sinks: no rule',
    parse: (text) => parseSelect(text),
  }
}

/** HxW. */
function gridOption(): ValueOption<{ height: number; width: number }> {
  return {
    kind: 'value',
    placeholder: 'HxW',
    description: 'Keys are the cells of an image, row by row; --local is then a Manhattan distance',
    parse(text, name) {
      const found = /^(\d{1,9})x(\d{1,9})$/.exec(text)
      const [height, width] = [Number(found?.[1]), Number(found?.[2])]
      if (found && height > 0 && width > 0) return { height, width }
      const message = `--${name} is '${text}'; it is HxW, rows and columns of cells, as in \`--${name} 14x14\``
      throw new LevError('Option', message, { option: name })
    },
  }
}

/** The name that `--out` gives. Throws Option where it is none of a .npy. */
export function requireNpyName(out: string | undefined): string {
  if (out === undefined) throw badName('out', 'no --out: the output goes to a .npy, as in `--out O.npy`')
  requireExtension('out', out, '.npy', 'O')
  return out
}

/** Throws Option where `path` is given and has another extension; `letter`: a name for it. */
export function requireExtension(
  option: 'out' | 'lse' | 'selected',
  path: string | undefined,
  extension: '.npy' | '.npz',
  letter: string,
): void {
  if (path === undefined || extname(path) === extension) return
  const message = `--${option} ${path}: it goes to a ${extension}, as in \`--${option} ${letter}${extension}\``
  throw badName(option, message)
}

function badName(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
