import { fileWord, isThere, LevError, nearest, shellWord } from '@levattention/core/internal'
import { Parser } from 'yargs/helpers'
import type { Command, Options, Values } from './command.ts'
import { commonOptions } from './common-options.ts'
import { belongsTo, knownAs, otherMeaning, type Takers } from './other-names.ts'
import type { AnyOption } from './option.ts'
import { shortNames } from './option-groups.ts'

/** Every guess of yargs' parser is switched off: values stay the text that was typed. */
const PARSER = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': true,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const

/**
 * The values of a command's options and its arguments. Throws Option: an unknown or repeated option, a value that is
 * missing, not of its kind or out of range, an argument too many. `takers`: of which commands an option is that this one has not.
 */
export function parseArguments<O extends Options>(
  command: Command<O>,
  args: readonly string[],
  takers: Takers = new Map(),
): Values<O> {
  const options = allOptions(command)
  const spelled = spelledOut(options, args)
  requireBareFlags(options, spelled)
  const { _: rest, ...given } = Parser(joinDashedValues(options, spelled), {
    string: namesOf(options, false),
    boolean: namesOf(options, true),
    configuration: PARSER,
  })
  for (const name of Object.keys(given))
    if (!Object.hasOwn(options, name)) throw unknownOption(name, options, args, takers)
  const values: Record<string, unknown> = { positionals: positionalsOf(command, rest.map(String), args) }
  for (const [name, option] of Object.entries(options)) values[name] = valueOf(option, name, given[name])
  return values as Values<O>
}

function allOptions(command: Command): Options {
  return { ...command.options, ...commonOptions }
}

function valueOf(option: AnyOption, name: string, given: unknown): unknown {
  const texts = (Array.isArray(given) ? given : given === undefined ? [] : [given]).map(String)
  if (option.kind === 'flag') return texts.includes('true')
  if (texts.includes('')) {
    const message = `--${name} has no value; it takes one: --${name} ${option.placeholder}`
    throw new LevError('Option', message, { option: name })
  }
  if (option.kind === 'list') return texts
  if (texts.length > 1) {
    const once = option.isList
      ? `give it once, with commas: \`--${name} ${shellWord(texts.join(','))}\``
      : 'give it once'
    const message = `--${name} is given ${texts.length} times (${texts.join(', ')}); ${once}`
    throw new LevError('Option', message, { option: name })
  }
  return texts.length === 0 ? undefined : option.parse(texts[0], name)
}

/** -o F and -o=F are --out F, -q is --quiet. */
function spelledOut(options: Options, args: readonly string[]): string[] {
  const end = args.indexOf('--')
  const names = Object.entries(shortNames).filter(([name]) => Object.hasOwn(options, name))
  return args.map((arg, at) => {
    if (end >= 0 && at > end) return arg
    const found = names.find(([, letter]) => arg === `-${letter}` || arg.startsWith(`-${letter}=`))
    return found ? `--${found[0]}${arg.slice(2)}` : arg
  })
}

/** `--out -` and `--epsilon -1`: to yargs what begins with a dash is an option of its own. */
function joinDashedValues(options: Options, args: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--') return [...joined, ...args.slice(i)]
    const name = args[i].startsWith('--') ? args[i].slice(2) : ''
    const takesValue = Object.hasOwn(options, name) && options[name].kind !== 'flag'
    const next = args.at(i + 1)
    if (takesValue && next !== undefined && /^-($|[\d.])/.test(next)) joined.push(`${args[i++]}=${next}`)
    else joined.push(args[i])
  }
  return joined
}

function namesOf(options: Options, flags: boolean): string[] {
  return Object.keys(options).filter((name) => (options[name].kind === 'flag') === flags)
}

/** yargs would read --json=yes as false. */
function requireBareFlags(options: Options, args: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return
    const [, name] = /^--([^=]+)=/.exec(arg) ?? []
    if (name === undefined || !Object.hasOwn(options, name) || options[name].kind !== 'flag') continue
    throw new LevError('Option', `${arg}: --${name} takes no value; leave it out for no`, { option: name })
  }
}

function positionalsOf(
  command: Command,
  given: readonly string[],
  args: readonly string[],
): readonly string[] {
  const most = command.positionals?.most ?? 0
  if (given.length <= most) return given
  const flag = flagWithValue(allOptions(command), args)
  if (flag !== undefined) {
    const message = `--${flag.name} takes no value, and '${flag.value}' follows it; leave it out, for no --${flag.name} as well`
    throw new LevError('Option', message, { option: flag.name })
  }
  const [extra] = given.slice(most)
  if (args[args.indexOf(extra) - 1] === '-q' && Object.hasOwn(command.options, 'queries')) {
    const message = `-q is --quiet and takes no value; queries are named, as in --queries ${fileWord(extra)}`
    throw new LevError('Option', message, { option: 'quiet' })
  }
  const message =
    most === 0
      ? `unexpected argument '${extra}'${namingAdvice(command, extra)}`
      : `one argument too many: '${extra}'${severalAdvice(command, given, args)}`
  throw new LevError('Option', message)
}

/** A flag that a word like yes or no follows, as in `--causal no`. */
function flagWithValue(
  options: Options,
  args: readonly string[],
): { name: string; value: string } | undefined {
  for (const [i, value] of args.entries()) {
    if (value === '--') return undefined
    const before = i === 0 ? '' : args[i - 1]
    const name = before.startsWith('--') ? before.slice(2) : ''
    const follows = Object.hasOwn(options, name) && options[name].kind === 'flag'
    if (follows && /^(?:yes|no|true|false|on|off|0|1)$/i.test(value)) return { name, value }
  }
  return undefined
}

/** How `extra` is named in a command without arguments. */
function namingAdvice({ name, options }: Command, extra: string): string {
  if (name === 'query') return `: it is named, as in ${typed(queryPart(extra), extra)}`
  if (Object.hasOwn(options, 'keys'))
    return `: inputs are named, as in ${typed('--keys', extra)}. For several files repeat the option, or quote the pattern`
  return Object.hasOwn(options, 'run') ? `: the run folder is named, as in ${typed('--run', extra)}` : ''
}

/** The option with what was meant for it, to be typed so where that is there. */
function typed(option: string, extra: string): string {
  const words = `${option} ${fileWord(extra)}`
  return isThere(extra) ? `\`${words}\`` : words
}

function queryPart(extra: string): string {
  return extra.endsWith('.lev') ? '--universal' : '--queries'
}

/** Files named in a line to type. */
const MOST_SHOWN = 4

/** A shell expands a pattern that is not quoted. */
function severalAdvice(
  { name, options }: Command,
  given: readonly string[],
  args: readonly string[],
): string {
  if (name === 'generate') return ''
  if (!Object.hasOwn(options, 'concat')) return `: ${name} takes one file at a time`
  const isShown = given.length <= MOST_SHOWN && !args.includes('--') && given.every(isThere)
  const line = args.flatMap((arg) => (given.includes(arg) ? ['--keys', arg] : [arg]))
  const rows =
    isShown && line.length === args.length + given.length
      ? `\`levattention ${name} ${[...line.filter((word) => word !== '--concat'), '--concat'].map(shellWord).join(' ')}\``
      : 'a quoted pattern with --concat'
  return `: ${name} takes one matrix, and ${given.length} files are named. As the rows of one: ${rows}`
}

function unknownOption(name: string, options: Options, args: readonly string[], takers: Takers): LevError {
  const dashed = args.some((arg) => arg === `-${name}` || arg.startsWith(`-${name}=`))
    ? `-${name}`
    : `--${name}`
  const refuse = (why: string) => new LevError('Option', why, { option: name })
  const positive = name.replace(/^no-/, '')
  if (positive !== name && Object.hasOwn(options, positive))
    return refuse(`unknown option ${dashed}; leave --${positive} out for no`)
  const picture = pictureAdvice(name, options, args)
  if (picture !== undefined) return refuse(`unknown option ${dashed}; ${picture}`)
  const known = knownAs(name, options)
  if (known !== undefined) return refuse(`unknown option ${dashed}; did you mean \`--${known}\`?`)
  const meaning = otherMeaning(name)
  if (meaning !== undefined) return refuse(`unknown option ${dashed}: ${meaning}`)
  const place = belongsTo(name, takers.get(name) ?? [])
  if (place !== undefined) return refuse(`${dashed} ${place}`)
  const near = nearest(name, [...Object.keys(options), 'help'])
  return refuse(`unknown option ${dashed}${near === undefined ? '' : `; did you mean \`--${near}\`?`}`)
}

/** What draws to a .svg, where the command writes no other file. */
function pictureAdvice(name: string, options: Options, args: readonly string[]): string | undefined {
  if ((name !== 'o' && name !== 'out') || !Object.hasOwn(options, 'svg')) return undefined
  const words = args.flatMap((arg) => arg.split('=')).filter((word) => word.endsWith('.svg'))
  return words.length === 1 ? `its picture is \`--svg ${fileWord(words[0])}\`` : 'its picture is --svg F.svg'
}
