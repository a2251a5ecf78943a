import { types } from 'node:util'
import { requireFloats, requireKept } from '../arguments/floats.ts'
import { kindOf, shown } from '../arguments/kind-of.ts'
import { optionText } from '../arguments/option-text.ts'
import { isEpsilon, LEAST_EPSILON } from '../arithmetic/numeric.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { nearest } from '../errors/near-names.ts'
import { type NamedSet, type Rule, RULES } from './fixed-set.ts'

/** Each set by the names that it alone has, and those that go with them. */
const FORMS: readonly (readonly [name: string, others: readonly string[]])[] = [
  ['full', []],
  ['none', []],
  ['ids', []],
  ['scores', ['keep']],
  ['rule', ['keep', 'epsilon', 'seed']],
]

/**
 * Throws Option where `set` is no fixed set of `keyCount` keys, or its scores are not as many; ShapeMismatch where they are no floats;
 * Content for a row id that is no key's. What is undefined counts as not given.
 */
export function requireFixedSet(set: NamedSet, keyCount: number): void {
  if (typeof set !== 'object' || (set as unknown) === null) throw noSet([])
  const given = Object.entries(set).filter(([, value]) => value !== undefined)
  const fields = new Map<string, unknown>(given)
  const forms = FORMS.filter(([name]) => fields.has(name))
  if (forms.length !== 1) throw noSet(forms.map(([name]) => name))
  const [name, others] = forms[0]
  const stray = [...fields.keys()].find((field) => field !== name && !others.includes(field))
  if (stray !== undefined)
    throw refused(stray, `${named(stray)} does not go with ${named(name)}; leave it out`)
  if ((name === 'full' || name === 'none') && fields.get(name) !== true)
    throw refused(name, `${name} is ${shown(fields.get(name))}; it must be true, or left out`)
  if (name === 'ids') requireIds(fields.get('ids') as ArrayLike<number>, keyCount)
  if (name === 'scores') requireScores(fields.get('scores'), keyCount)
  if (name === 'rule') requireRule(fields)
  if (name === 'scores' || (name === 'rule' && !fields.has('epsilon')))
    requireKeep(fields.get('keep'), keyCount)
}

function requireRule(fields: ReadonlyMap<string, unknown>): void {
  const rule = fields.get('rule')
  if (!RULES.includes(rule as Rule)) {
    const near = typeof rule === 'string' ? nearest(rule, RULES) : undefined
    const guess = near === undefined ? '' : `; did you mean '${near}'?`
    throw refused('rule', `rule is ${shown(rule)}${guess} It must be one of ${RULES.join(', ')}`)
  }
  const seed = fields.get('seed')
  if (seed !== undefined && !(Number.isSafeInteger(seed) && (seed as number) >= 0))
    throw refused('seed', `${optionText('seed')} is ${shown(seed)}; it must be a whole number of at least 0`)
  const epsilon = fields.get('epsilon')
  if (epsilon === undefined) return
  const text = optionText('epsilon')
  if (fields.has('keep'))
    throw refused('keep', `${optionText('keep')} and ${text} are both given; leave one out`)
  if (rule !== 'leverage')
    throw refused('epsilon', `${text} is a threshold of leverage, and the rule is '${String(rule)}'`)
  if (!isEpsilon(epsilon))
    throw refused('epsilon', `${text} is ${shown(epsilon)}; it must be from ${LEAST_EPSILON} to 1`)
}

function requireKeep(keep: unknown, keyCount: number): void {
  const text = optionText('keep')
  if (!(Number.isSafeInteger(keep) && (keep as number) >= 1))
    throw refused('keep', `${text} is ${shown(keep)}; it must be a whole number of at least 1`)
  if ((keep as number) > keyCount)
    throw refused('keep', `${text} is ${shown(keep)}, and there are ${counted(keyCount, 'key')}`)
}

function requireIds(ids: ArrayLike<number>, keyCount: number): void {
  if (!Array.isArray(ids) && !ArrayBuffer.isView(ids))
    throw refused('ids', `ids is ${kindOf(ids)}; an array of row ids is needed`)
  if (types.isTypedArray(ids)) requireKept('ids', ids, 'Option')
  for (let i = 0; i < ids.length; i++) {
    if (Number.isInteger(ids[i]) && ids[i] >= -1 && ids[i] < keyCount) continue
    const wanted = `a row id of ${counted(keyCount, 'key')}, or -1 where none is meant`
    throw new LevError('Content', `ids: entry ${i} is ${shown(ids[i])}; it must be ${wanted}`, { row: i })
  }
}

function requireScores(scores: unknown, keyCount: number): void {
  const { length } = requireFloats('scores', scores)
  if (length === keyCount) return
  const found = `${counted(length, 'score')} for ${counted(keyCount, 'key')}`
  throw refused('scores', `scores: ${found}; each key needs one`)
}

function noSet(names: readonly string[]): LevError {
  const forms = FORMS.map(([name]) => name).join(', ')
  const found =
    names.length === 0
      ? `none of them is given; ${optionText('keep')} alone is of the rule 'leverage'`
      : `${names.join(' and ')} are given`
  return new LevError('Option', `a selection has exactly one of ${forms}; ${found}`)
}

function named(field: string): string {
  return field === 'keep' || field === 'epsilon' || field === 'seed' ? optionText(field) : field
}

function refused(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
