import { fileWord, isTypable, LevError, nameFor, pythonString, shellWord } from '@levattention/core/internal'
import type { Command } from '../options/command.ts'
import { givenOf } from '../options/design-options.ts'

/** `error` of `command`; where it is about a missing value, with what --drop-missing does about it here. */
export function withMissingAdvice<V>(error: unknown, command: Missable<V>, values: V): unknown {
  if (!(error instanceof LevError) || !isMissing(error)) return error
  const { remedy: _, ...place } = error.place
  const { infiniteCount = 0 } = place
  const advice =
    infiniteCount > 0
      ? `; ${infiniteCount} of them ${infiniteCount === 1 ? 'is' : 'are'} infinite, which is no missing value: --drop-missing leaves out no such row`
      : adviceOf(command, values, error)
  const message = error.message + paddingAdvice(error, command, values) + advice
  return new LevError(error.tag, message, place, { cause: error })
}

/** What decides whether rows can be dropped. */
interface Missable<V> extends Pick<Command, 'name' | 'options'> {
  undropped?(values: V): Readonly<Record<string, unknown>>
}

/** In a table, or in a file of numbers. */
function isMissing({ place }: LevError): boolean {
  return place.remedy?.kind === 'missing' || place.value === 'NaN'
}

/** Rows of heads that end early are filled up, often with NaN. */
function paddingAdvice<V>({ place: { input } }: LevError, { options }: Missable<V>, values: V): string {
  const given = values as Readonly<Record<string, unknown>>
  const mask = input === 'queries' ? 'query-mask' : 'key-mask'
  if (given.heads === undefined || !(mask in options) || given[mask] !== undefined) return ''
  return `; where such rows are padding, \`--${mask} pad.npy\` leaves them out: a 1 (True) for each row that is seen, [n] or [batch, n]`
}

function adviceOf<V>(command: Missable<V>, values: V, error: LevError): string {
  if (command.undropped === undefined) return otherAdvice(command, values as Given, error)
  if ((values as { 'drop-missing'?: boolean })['drop-missing'] === true) return ''
  const other = givenOf(command.undropped(values))
  return other === undefined
    ? '; `--drop-missing` leaves such rows out'
    : `; --drop-missing leaves such rows out, but not with --${other}: name the file that comes through the pipe, or save it as one`
}

type Given = Readonly<Record<string, unknown>>

/** Of a command that drops no rows: what does. */
function otherAdvice(
  { name, options }: Pick<Command, 'name' | 'options'>,
  given: Given,
  { place }: LevError,
) {
  const { file, array, head, input } = place
  const takesAll = `; ${name} takes all rows`
  const isOne = file !== undefined && array === undefined && head === undefined && given.heads === undefined
  if (isOne && isTypable(file) && !file.includes('#')) {
    if (name === 'report' && isOfKeysAlone(given)) return takesAll + viaSet(file, given)
    const mask = input === 'queries' ? 'query-mask' : 'key-mask'
    if (mask in options && given[mask] === undefined && given.concat !== true && file.endsWith('.npy'))
      return takesAll + byMask(file, mask)
  }
  const page = name === 'report' ? ', and report makes its page of what these write' : ''
  return `${takesAll} (build and run leave such ones out with --drop-missing${page})`
}

/** How one table or matrix is read. */
const READING = ['columns', 'header', 'id'] as const

function isOfKeysAlone(given: Given): boolean {
  const others = [
    'queries',
    'values',
    'weights',
    'weight-column',
    'key-rows',
    'key-mask',
    'concat',
    'intercept',
  ]
  return others.every((name) => [undefined, false].includes(given[name] as undefined) || isEmpty(given[name]))
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function viaSet(file: string, given: Given): string {
  const reading = READING.flatMap((name) =>
    typeof given[name] === 'string' ? [` --${name} ${shellWord(given[name])}`] : [],
  )
  const set = fileWord(nameFor(file, '', '.lev'))
  const out = typeof given.out === 'string' ? fileWord(given.out) : 'report.html'
  return `: \`levattention build ${fileWord(file)}${reading.join('')} --drop-missing --out ${set}\` leaves such ones out, and \`levattention report ${set} --out ${out}\` shows what is found`
}

function byMask(file: string, mask: string): string {
  const name = nameFor(file, '-whole')
  const line = `import numpy; numpy.save(${pythonString(name)}, ~numpy.isnan(numpy.load(${pythonString(file)})).any(axis=-1))`
  return `: in Python \`${line}\`, and \`--${mask} ${fileWord(name)}\` leaves such ones out`
}
