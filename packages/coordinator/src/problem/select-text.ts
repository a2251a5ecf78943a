import { LevError, nearest, type Rule, RULES } from '@levattention/core/internal'

/** What `--select` says: a rule, a file of scores, or neither; and the extras that it names. */
export interface Select {
  readonly rule?: Rule
  /** A .npy of scores. */
  readonly scoresFile?: string
  readonly extras: readonly Extra[]
}

const EXTRAS = ['local', 'sinks', 'rest'] as const
export type Extra = (typeof EXTRAS)[number]

/** RULE, F.npy or neither, and +local, +sinks, +rest; `others`: names that are rules as well, for hints. Throws Option. */
export function parseSelect(text: string, others: readonly string[] = []): Select {
  const names = text.split('+')
  const extras = names.filter(isExtra)
  const twice = extras.find((name, at) => extras.indexOf(name) !== at)
  if (twice !== undefined) throw refused(text, `'${twice}' stands there twice`)
  const [first, second] = names.filter((name) => !isExtra(name))
  if (second !== undefined) throw refused(text, `'${first}' and '${second}' are two rules`)
  if (first === undefined) return { extras }
  const rule = RULES.find((name) => name === first)
  if (rule !== undefined) return { rule, extras }
  if (/\.(npy|npz|safetensors)(#.*)?$/.test(first)) return { scoresFile: first, extras }
  if (first === 'best')
    throw refused(text, 'the N largest of each row are what coverage compares with, and no rule to attend by')
  const near = nearest(first, [...RULES, ...EXTRAS, ...others])
  throw refused(text, `there is no rule '${first}'${near === undefined ? '' : `; did you mean '${near}'?`}`)
}

function isExtra(name: string): name is Extra {
  return (EXTRAS as readonly string[]).includes(name)
}

function refused(text: string, why: string): LevError {
  const rules = `${RULES.join(', ')}, or a .npy of scores`
  const message = `--select is '${text}': ${why}. It is one of ${rules}, with +local, +sinks or +rest behind it; or local, sinks, local+sinks`
  return new LevError('Option', message, { option: 'select' })
}
