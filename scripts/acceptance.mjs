// @ts-check
// npm run acceptance [-- --only pairs,bytes | --skip big]: what must be shown and is too slow for `npm test`, needs the
// data beside the repository, or large files. One table: pass, FAIL, skip (with the reason); exit code 1 on any FAIL.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scriptArguments } from './script-arguments.mjs'
import { badInput } from './acceptance/bad-input.mjs'
import { benchmarks } from './acceptance/benchmarks.mjs'
import { big } from './acceptance/big.mjs'
import { bytes } from './acceptance/bytes.mjs'
import { causal } from './acceptance/causal.mjs'
import { checkpoints } from './acceptance/checkpoints.mjs'
import { rowsOf } from './acceptance/check.mjs'
import { dependent } from './acceptance/dependent.mjs'
import { definedAnswers } from './acceptance/defined-answers.mjs'
import { files } from './acceptance/files.mjs'
import { frameworks } from './acceptance/frameworks.mjs'
import { long } from './acceptance/long.mjs'
import { packages } from './acceptance/packages.mjs'
import { pairs } from './acceptance/pairs.mjs'
import { powers } from './acceptance/powers.mjs'
import { sketch } from './acceptance/sketch.mjs'
import { slurm } from './acceptance/slurm.mjs'
import { countsText, tableText } from './acceptance/table.mjs'
import { universalSizes } from './acceptance/universal-sizes.mjs'

// Timings come last: nothing else runs beside or after them.
const concerns = [
  definedAnswers,
  badInput,
  files,
  pairs,
  powers,
  universalSizes,
  causal,
  dependent,
  bytes,
  sketch,
  slurm,
  checkpoints,
  frameworks,
  packages,
  long,
  benchmarks,
  big,
]

const { values: options } = scriptArguments({
  options: {
    only: { type: 'string', default: '' },
    skip: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
})

/**
 * Throws where a name is none of a concern.
 * @param {string} text
 */
function namesOf(text) {
  const names = text.split(',').filter((name) => name !== '')
  const unknown = names.filter((name) => !concerns.some((concern) => concern.name === name))
  if (unknown.length === 0) return names
  const known = concerns.map(({ name }) => name).join(', ')
  throw new Error(`no such concern: ${unknown.join(', ')}; there are ${known}`)
}

function chosen() {
  const only = namesOf(options.only)
  const skip = namesOf(options.skip)
  return concerns.filter(({ name }) => (only.length === 0 || only.includes(name)) && !skip.includes(name))
}

async function main() {
  const wanted = chosen()
  if (options.list) {
    for (const { name, about } of wanted) console.log(`${name.padEnd(16)} ${about}`)
    return
  }
  const scratch = mkdtempSync(join(tmpdir(), 'levattention-acceptance-'))
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
  /** @type {import('./acceptance/check.mjs').Row[]} */
  const rows = []
  for (const concern of wanted) {
    for await (const row of rowsOf(concern, { scratch })) {
      console.error(`${row.result}  ${row.what}  ${row.detail}`)
      rows.push(row)
    }
  }
  console.log(`\n${tableText(rows)}\n\n${countsText(rows)}`)
  process.exitCode = rows.some(({ result }) => result === 'FAIL') ? 1 : 0
}

await main()
