import { LevError, nearest, optionText, type Rule, RULES } from '@levattention/core/internal'

/** What `--select` says: a rule, a file of scores, or neither; and the extras that it names. */
export interface Select {
  readonly rule?: Rule
  /** A .npy of scores. */
  readonly scoresFile?: string
  readonly extras: readonly Extra[]
}

const EXTRAS = ['local', 'sinks', 'rest'] as const
export type Extra = (typeof EXTRAS)[number]

/** What a caller takes beside rules: names of its own. */
export interface SelectWith extends Select {
  /** One of these names, in place of a rule. */
  readonly other?: string
}

/** RULE, F.npy or neither, and +local, +sinks, +rest; `others`: names that stand for a rule too. Throws Option. */
export function parseSelect(text: string, others: readonly string[] = []): SelectWith {
  const refused = (why: string) => refusal(text, why, [...RULES, ...others])
  const names = text.split('+')
  const extras = names.filter(isExtra)
  const twice = extras.find((name, at) => extras.indexOf(name) !== at)
  if (twice !== undefined) throw refused(`'${twice}' stands there twice.`)
  const [first, second] = names.filter((name) => !isExtra(name))
  if (second !== undefined) throw refused(secondText(first, second))
  if (first === undefined) return { extras }
  if (others.includes(first)) return { other: first, extras }
  const rule = RULES.find((name) => name === first)
  if (rule !== undefined) return { rule, extras }
  if (/\.(?:npy|npz|safetensors|parquet|[ct]sv|[ct]sv\.gz)(?:#.*)?$/i.test(first))
    return { scoresFile: first, extras }
  if (first === 'best')
    throw refused('the N largest of each row are what coverage compares with, and no rule to attend by.')
  throw refused(`there is no rule '${first}'${hint(first, [...RULES, ...EXTRAS, ...others])}`)
}

/** Two names that are no extras: the second one may be meant as one. */
function secondText(first: string, second: string): string {
  const near = hint(second, EXTRAS)
  return near === '.' ? `'${first}' and '${second}' are two rules.` : `there is no '+${second}'${near}`
}

/** The end of a sentence. */
function hint(name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  return near === undefined ? '.' : `; did you mean '${near}'?`
}

function isExtra(name: string): name is Extra {
  return (EXTRAS as readonly string[]).includes(name)
}

function refusal(text: string, why: string, names: readonly string[]): LevError {
  const rules = `${names.join(', ')}, or a .npy of scores`
  const message = `${optionText('select')} is '${text}': ${why} It is one of ${rules}, with +local, +sinks or +rest behind it; or local, sinks, local+sinks`
  return new LevError('Option', message, { option: 'select' })
}
