// @ts-check
// What a script was given. Its usage is what stands at its head.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/**
 * As parseArgs; but prints the usage for --help, and for an argument that is none of `config` what is wrong with it, in place of a
 * stack; the process ends then, with 0 or 2.
 * @template {import('node:util').ParseArgsConfig} C
 * @param {C} config
 * @returns {ReturnType<typeof parseArgs<C>>}
 */
export function scriptArguments(config) {
  const ours = process.argv.slice(2)
  const end = ours.indexOf('--')
  if ((end < 0 ? ours : ours.slice(0, end)).some((arg) => arg === '--help' || arg === '-h')) {
    console.log(headOf(process.argv[1]).join('\n'))
    return process.exit(0)
  }
  try {
    return parseArgs(config)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(headOf(process.argv[1]).join('\n'))
    return process.exit(2)
  }
}

/**
 * The lines of the comment that a script begins with.
 * @param {string} path
 */
function headOf(path) {
  const lines = readFileSync(path, 'utf8').split('\n').slice(1)
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('// ')),
    )
    .map((line) => line.slice(3))
}
