import type { Command } from './options/command.ts'
import { commonOptions } from './options/common-options.ts'
import type { AnyOption } from './options/option.ts'
import { columns, wrapped } from './text/text-layout.ts'

/** The help of one command: usage, options, examples. */
export function commandHelp(command: Command): string {
  const {
    name,
    description,
    positionals,
    usage = positionals?.placeholder ?? '',
    options,
    examples,
  } = command
  const own: [string, string][] = positionals ? [[positionals.placeholder, positionals.description]] : []
  own.push(...Object.entries(options).map(optionLine))
  return [
    `levattention ${name} ${usage} [options]`.replace('  ', ' '),
    '',
    wrapped(description, 2),
    '',
    'Options',
    columns([...own, ...Object.entries(commonOptions).map(optionLine), HELP_LINE]),
    '',
    'Examples',
    ...examples.map(([line, meaning]) => `  levattention ${line}\n${wrapped(meaning, 6)}`),
    '',
    'Exit codes, formats, meanings: docs/cli.md',
  ].join('\n')
}

const HELP_LINE: [string, string] = ['--help', 'This text']

function optionLine([name, option]: [string, AnyOption]): [string, string] {
  const value = option.kind === 'flag' ? '' : ` ${option.placeholder}`
  const often = option.kind === 'list' ? ' (may be repeated)' : ''
  return [`--${name}${value}`, option.description + often]
}
