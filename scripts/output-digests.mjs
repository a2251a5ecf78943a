// @ts-check
// SHA-256 of every output byte of a fixed set of commands: what a change of structure alone must not move.
//   node scripts/output-digests.mjs                  prints them
//   node scripts/output-digests.mjs --write F        writes them to F
//   node scripts/output-digests.mjs --check F        compares, exit code 1 and the differing lines
//   node scripts/output-digests.mjs --check F --workers 5 --kernels native    with these options wherever a command takes them
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CASES } from './house/digest-cases.mjs'
import { writeInputs } from './house/digest-inputs.mjs'

const COMMAND = fileURLToPath(new URL('../packages/coordinator/bin/levattention.mjs', import.meta.url))
/** Holds times and paths, which are no outputs. */
const NOT_COVERED = /(?:^|\/)(?:plan\.json|summary\.json|parts\/)/

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile() && !NOT_COVERED.test(name))
    .sort()
}

/** @param {string | Buffer} bytes */
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')

/**
 * A shell function that prints the options that are to be added to a command: those that it knows and that its line does not give.
 * @param {readonly string[]} options of one value each
 */
function takesFunction(options) {
  const pairs = Array.from({ length: options.length / 2 }, (_, i) => options.slice(2 * i, 2 * i + 2))
  const tests = pairs.map(([name, value]) => `case "$*" in *'${name} '*) ;; *) echo ${name} ${value} ;; esac`)
  const known = 'run|build|query|scores|attend|coverage|sample|curve'
  return `takes() { case "$1" in ${known}) ${tests.join('; ') || ':'} ;; esac; }`
}

/** A shell function: all but the lines that tell what a command took, the second of them further in. */
const TIMELESS = `timeless() { awk '/time/ { told = 1; next } told && /^        / { next } { told = 0; print }'; }`

/**
 * @param {string} folder
 * @param {string} line
 */
function runLine(folder, line) {
  const levattention = `levattention() { '${process.execPath}' '${COMMAND}' "$@" $(takes "$@"); }`
  return execFileSync('bash', ['-c', `set -eo pipefail; ${takes}; ${TIMELESS}; ${levattention}; ${line}`], {
    cwd: folder,
    encoding: 'buffer',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 30,
  })
}

function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'lev-digests-'))
  try {
    writeInputs(folder)
    const lines = []
    let known = new Map(filesIn(folder).map((name) => [name, digest(readFileSync(join(folder, name)))]))
    for (const line of CASES) {
      const printed = runLine(folder, line)
      if (printed.length > 0) lines.push(`${digest(printed)}  ${line}`)
      const now = new Map(filesIn(folder).map((name) => [name, digest(readFileSync(join(folder, name)))]))
      for (const [name, value] of now)
        if (known.get(name) !== value) lines.push(`${value}  ${line} -> ${name}`)
      known = now
    }
    return `${lines.join('\n')}\n`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [mode, file, ...extra] = process.argv.slice(2)
const takes = takesFunction(extra)
const found = measure()
if (mode === undefined) process.stdout.write(found)
else if (mode === '--write') writeFileSync(file, found)
else {
  const wanted = new Set(readFileSync(file, 'utf8').trimEnd().split('\n'))
  const lines = found.trimEnd().split('\n')
  const differing = lines.filter((line) => !wanted.has(line))
  const gone = [...wanted].filter((line) => !lines.includes(line))
  for (const line of differing) console.log(`now    ${line}`)
  for (const line of gone) console.log(`before ${line}`)
  console.log(`${lines.length} outputs, ${differing.length} differ or are new, ${gone.length} are gone`)
  process.exitCode = differing.length + gone.length > 0 ? 1 : 0
}
