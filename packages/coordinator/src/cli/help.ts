import type { Command } from './options/command.ts'
import { commonOptions } from './options/common-options.ts'
import type { AnyOption } from './options/option.ts'
import { groupOf, groupTitles, isAdvanced, shortNames } from './options/option-groups.ts'
import { columns, typedLines, wrapped } from './text/text-layout.ts'

type Line = readonly [name: string, meaning: string]

/** The help of one command: usage, options in groups, examples. `isWhole`: the advanced options too. */
export function commandHelp(command: Command, isWhole = false): string {
  const { name, description, positionals, usage = positionals?.placeholder ?? '', examples } = command
  return [
    wrapped(`levattention ${name} ${usage} [options]`.replace('  ', ' '), 0, 2),
    '',
    wrapped(description, 2),
    '',
    ...optionGroups(command, isWhole).flatMap(([title, lines]) => [title, columns(lines), '']),
    'Examples',
    ...examples.map(([line, meaning]) => `${typedLines(`levattention ${line}`, 2)}\n${wrapped(meaning, 6)}`),
    '',
    ...(isWhole ? [] : advancedNote(command)),
    'Exit codes, formats, meanings: docs/cli.md',
  ].join('\n')
}

const HELP_LINE: Line = ['-h, --help', 'This text; --help --all shows advanced options too']

function optionGroups(command: Command, isWhole: boolean): [title: string, lines: Line[]][] {
  const { name: of, positionals } = command
  const options = Object.entries<AnyOption>({ ...command.options, ...commonOptions })
  const shown = options.filter(([name]) => isWhole || !isAdvanced(of, name))
  return groupTitles.flatMap((title, at) => {
    const lines: Line[] = shown.filter(([name]) => groupOf(of, name) === title).map(optionLine)
    if (at === 0 && positionals) lines.unshift([positionals.placeholder, positionals.description])
    if (at === groupTitles.length - 1) lines.push(HELP_LINE)
    return lines.length === 0 ? [] : [[title, lines]]
  })
}

function advancedNote({ name: of, options }: Command): string[] {
  const hidden = Object.keys({ ...options, ...commonOptions }).filter((name) => isAdvanced(of, name))
  if (hidden.length === 0) return []
  const names = hidden.map((name) => `--${name}`).join(', ')
  return [wrapped(`Advanced options, shown by levattention ${of} --help --all: ${names}`, 0, 2)]
}

function optionLine([name, option]: [string, AnyOption]): Line {
  const short = Object.hasOwn(shortNames, name) ? `-${shortNames[name]}, ` : ''
  const value = option.kind === 'flag' ? '' : ` ${option.placeholder}`
  const often = option.kind === 'list' ? ' (may be repeated)' : ''
  return [`${short}--${name}${value}`, option.description + often]
}
