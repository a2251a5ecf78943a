// Catches: a value that is read as another (empty as 0, text as NaN, a name of digits as a number, a repeated option as
// a list), an option that is ignored, messages that do not name the option. Cannot catch: what commands do with values.
import { isLevError } from '@levattention/core/internal'
import { commandEntries } from '#coordinator/cli/commands/registry'
import { defineCommand } from '#coordinator/cli/options/command'
import { parseArguments } from '#coordinator/cli/options/parse-arguments'
import { countOption, flagOption, listOption, shareOption, textOption } from '#coordinator/cli/options/option'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const command = defineCommand({
  name: 'try',
  description: '',
  positionals: { placeholder: 'FILE', description: '', most: 1 },
  options: {
    keys: listOption('FILE', ''),
    out: textOption('FILE', ''),
    epsilon: shareOption('E', ''),
    count: countOption('N', '', 0, 1000),
    concat: flagOption(''),
  },
  examples: [],
  run: () => Promise.reject(new Error('not run')),
})

const parse = (...args: string[]) => parseArguments(command, args)

function refusal(...args: string[]): string {
  try {
    parse(...args)
  } catch (error) {
    if (isLevError(error, 'Option')) return error.message
    throw error
  }
  throw new Error(`accepted: ${args.join(' ')}`)
}

describe('what is accepted', () => {
  test('values stay as they were typed', () => {
    const values = parse(
      '--keys',
      'a.npy',
      '--keys=b=c.npy',
      '--out',
      '-',
      '--epsilon',
      '.05',
      '--concat',
      '123',
    )
    expect(values).toMatchObject({
      keys: ['a.npy', 'b=c.npy'],
      out: '-',
      epsilon: 0.05,
      count: undefined,
      concat: true,
      json: false,
      positionals: ['123'],
    })
  })

  test.each([[['-o', 'a.npz', '-q']], [['-o=a.npz', '-q']], [['--out', 'a.npz', '--quiet']]])(
    'short names: %j',
    (args) => {
      expect(parse(...args)).toMatchObject({ out: 'a.npz', quiet: true, positionals: [] })
    },
  )

  test('behind -- a short name is an argument, and - a value', () => {
    expect(parse('--', '-q')).toMatchObject({ quiet: false, positionals: ['-q'] })
    expect(parse('-o', '-').out).toBe('-')
  })

  test('what follows -- is an argument', () => {
    expect(parse('--', '--out').positionals).toEqual(['--out'])
  })

  test('a count may be written 1e3', () => {
    expect(parse('--count', '1e3').count).toBe(1000)
  })

  test('a name like 007 or 1e3 stays a name', () => {
    expect(parse('--out', '1e3', '007')).toMatchObject({ out: '1e3', positionals: ['007'] })
  })

  test('every decimal number in range is read as JavaScript reads it', () => {
    const share = fc.double({ min: 1e-290, max: 1, noNaN: true, noDefaultInfinity: true })
    fc.assert(fc.property(share, (value) => parse('--epsilon', String(value)).epsilon === value))
  })
})

describe('what is refused', () => {
  test.each([
    [['--epsilon'], '--epsilon has no value'],
    [['--epsilon='], '--epsilon has no value'],
    [['--epsilon', ''], '--epsilon has no value'],
    [['--epsilon', '1e-291'], '--epsilon is 1e-291'],
    [['--epsilon', '0'], '--epsilon is 0'],
    [['--epsilon', 'abc'], "--epsilon is 'abc'"],
    [['--epsilon', 'NaN'], "--epsilon is 'NaN'"],
    [['--epsilon', '0x1'], "--epsilon is '0x1'"],
    [['--epsilon', ' 1'], "--epsilon is ' 1'"],
    [['--epsilon', 'Infinity'], "--epsilon is 'Infinity'"],
    [['--epsilon', '1e999'], "--epsilon is '1e999'"],
    [['--epsilon', '0'], '--epsilon is 0; it must be above 0 and at most 1'],
    [['--epsilon', '-1'], '--epsilon is -1; it must be above 0'],
    [['--epsilon', '-1e-3'], '--epsilon is -1e-3; it must be above 0'],
    [['--epsilon', '1.5'], '--epsilon is 1.5; it must be above 0 and at most 1'],
    [['--epsilon', '.1', '--epsilon', '.2'], '--epsilon is given 2 times (.1, .2)'],
    [['--epsilon', '--concat'], '--epsilon has no value'],
    [['--count', '1.5'], '--count is 1.5; it must be a whole number from 0 to 1000'],
    [['--count', '-1'], '--count is -1; it must be a whole number'],
    [['--keys', ''], '--keys has no value'],
    [['--out', 'a', '--out', 'b'], '--out is given 2 times'],
    [['--concat=yes'], '--concat takes no value'],
    [['--json=false'], '--json takes no value'],
    [['--no-concat'], 'unknown option --no-concat'],
    [['--epsilom', '1'], 'unknown option --epsilom; did you mean `--epsilon`?'],
    [['--eps', '1'], 'unknown option --eps; did you mean `--epsilon`?'],
    [['--hlp'], 'unknown option --hlp; did you mean `--help`?'],
    [['--zzz'], 'unknown option --zzz'],
    [['-o', ''], '--out has no value'],
    [['-q=yes'], '--quiet takes no value'],
    [['-x', 'x'], 'unknown option -x'],
    [['--__proto__', 'x'], 'unknown option'],
    [['--constructor=x'], 'unknown option --constructor'],
    [['a', 'b'], "one argument too many: 'b'"],
  ])('%j', (args, message) => {
    expect(refusal(...args)).toContain(message)
  })

  test('any text that is no number is refused, never read as one', () => {
    const noNumber = fc.string().filter((text) => !/`|^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text))
    fc.assert(fc.property(noNumber, (text) => refusal(`--epsilon=${text}`).includes('--epsilon')))
  })
})

test('every command declares options that do not collide, and examples that its own parser accepts', async () => {
  for (const entry of commandEntries) {
    const loaded = await entry.load()
    expect(loaded.name).toBe(entry.name)
    expect(Object.keys(loaded.options)).not.toContain('json')
    expect(loaded.examples.length).toBeGreaterThan(0)
    for (const [line] of loaded.examples) {
      // Up to a pipe of the shell.
      const [name, ...args] = line
        .split(' | ')[0]
        .split(' ')
        .map((word) => word.replaceAll("'", ''))
      expect(name).toBe(entry.name)
      parseArguments(loaded, args)
    }
  }
})
