// Catches: an option that the command's messages call by its name in the library, or turn into one that no command has.
// Cannot catch: advice that is wrong.
import { commandEntries } from '#coordinator/cli/commands/registry'
import { failureOf } from '#coordinator/cli/failure'
import { TYPED_OPTIONS, withTypedOptions } from '#coordinator/cli/options/typed-options'
import { LevError, optionText } from '@levattention/core/internal'
import { expect, test } from 'vitest'

test.each([
  [optionText('fanIn'), '--fan-in'],
  [optionText('method', 'sketch'), '`--method sketch`'],
  [optionText('shardRows', 8192), '`--shard-rows 8192`'],
  [optionText('causal', true), '`--causal`'],
  [`${optionText('seed')}, ${optionText('delta')}`, '--seed, --delta'],
  ['`run` and `into`, `levattention run --keys K.npy`', '`run` and `into`, `levattention run --keys K.npy`'],
])('%s is typed as %s', (message, typed) => {
  expect(withTypedOptions(message)).toBe(typed)
})

test('a failure is told in what is typed, its place too', () => {
  const message = `${optionText('offsetBytes')} is -1`
  const { message: told, place } = failureOf(new LevError('Option', message, { option: 'offsetBytes' }))
  expect([told, place.option]).toEqual(['--offset is -1', 'offset'])
})

test('every option that may be named is one of a command', async () => {
  const commands = await Promise.all(commandEntries.map((entry) => entry.load()))
  const options = new Set(commands.flatMap((command) => Object.keys(command.options)))
  for (const typed of Object.values(TYPED_OPTIONS)) expect(options).toContain(typed)
})
