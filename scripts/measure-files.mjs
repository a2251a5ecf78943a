// @ts-check
// node scripts/measure-files.mjs [--out docs/files.md] [--dir D]: every kind of file that people have (scripts/files/make_files.py, and Parquet) to
// `levattention scores`: read with the right scores, to 1e-12; or refused, and what the refusal says was typed and gave them; or refused
// where there are no numbers to be had. Prints the table. Needs python3 with NumPy and SciPy; writers that are not here are named.
// Exit code 1 where a kind is wrong.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scriptArguments } from './script-arguments.mjs'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { gzipSync } from 'node:zlib'
import { readNpy } from '../test/support/npy.mjs'

/**
 * `remedy`: what the words of a refusal say, done by a line of Python (it imports) or of a shell, which leaves fixed.npy.
 * @typedef {{ kind: string, name: string, options: string[], remedy: string | null, refused: boolean, values?: string }} Kind
 * @typedef {{ kind: string, name: string, what: string, right: boolean }} Row
 */

const MAKE = fileURLToPath(new URL('files/make_files.py', import.meta.url))
const COMMAND = fileURLToPath(new URL('../packages/coordinator/bin/levattention.mjs', import.meta.url))
const LARGEST_DIFFERENCE = 1e-12
/** Characters of a message in the table. */
const MESSAGE_WIDTH = 200

const { values: options } = scriptArguments({ options: { out: { type: 'string' }, dir: { type: 'string' } } })

/** The first Python with NumPy and SciPy. */
function findPython() {
  // Debian's packages (h5py, pandas) come with Debian's Python.
  const found = ['/usr/bin/python3', 'python3'].find(
    (name) => spawnSync(name, ['-c', 'import numpy, scipy']).status === 0,
  )
  if (found === undefined) throw new Error('python3 with NumPy and SciPy is not here')
  return found
}

/**
 * Files of Parquet, which no Python here may be able to write.
 * @param {string} folder
 * @returns {Kind[]}
 */
function parquetFiles(folder) {
  const { data, shape } = readNpy(join(folder, 'values/parquet.npy'))
  const whole = readNpy(join(folder, 'values/parquet-whole.npy')).data
  const [rows, cols] = shape
  /** @param {ArrayLike<number>} of @param {(x: number) => unknown} [as] */
  const columns = (of, as = (x) => x) =>
    Array.from({ length: cols }, (_, j) => ({
      name: 'xyz'[j],
      data: Array.from({ length: rows }, (__, i) => as(of[i * cols + j])),
    }))
  const names = { name: 'id', data: Array.from({ length: rows }, (_, i) => `r${i}`) }
  /** @type {[string, string, Parameters<typeof parquetWriteBuffer>[0], string, string[]?][]} */
  const files = [
    ['Parquet, Snappy', 'snappy.parquet', { columnData: columns(data) }, 'parquet'],
    [
      'Parquet, not compressed',
      'plain.parquet',
      { columnData: columns(data), codec: 'UNCOMPRESSED' },
      'parquet',
    ],
    [
      'Parquet, gzip',
      'gzip.parquet',
      { columnData: columns(data), codec: 'GZIP', compressors: { GZIP: (bytes) => gzipSync(bytes) } },
      'parquet',
    ],
    ['Parquet, row groups of 7', 'groups.parquet', { columnData: columns(data), rowGroupSize: 7 }, 'parquet'],
    ['Parquet, int64', 'int64.parquet', { columnData: columns(whole, BigInt) }, 'parquet-whole'],
    [
      'Parquet, int32',
      'int32.parquet',
      { columnData: columns(whole).map((one) => ({ ...one, type: 'INT32' })) },
      'parquet-whole',
    ],
    [
      'Parquet, a column of row names',
      'named.parquet',
      { columnData: [names, ...columns(data)] },
      'parquet',
      ['--id', 'id'],
    ],
    ['Parquet, a column of text', 'words.parquet', { columnData: [names, ...columns(data)] }, 'parquet'],
    [
      'Parquet, a NaN',
      'nan.parquet',
      { columnData: columns(data, (x) => (x > 1 ? NaN : x)).map((one) => ({ ...one, type: 'DOUBLE' })) },
      '',
    ],
    [
      'Parquet, missing values',
      'missing.parquet',
      { columnData: columns(data, (x) => (x > 1 ? null : x)).map((one) => ({ ...one, type: 'DOUBLE' })) },
      '',
    ],
  ]
  return files.map(([kind, name, what, values, more = []]) => {
    writeFileSync(join(folder, name), Buffer.from(parquetWriteBuffer(what)))
    return { kind, name, options: more, remedy: null, refused: values === '', values }
  })
}

/**
 * @param {string} folder
 * @param {readonly string[]} args
 */
function scoresOf(folder, args) {
  rmSync(join(folder, 't.npy'), { force: true })
  const ran = spawnSync(process.execPath, [COMMAND, 'scores', ...args, '--out', 't.npy', '--quiet'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { exitCode: ran.status, message: ran.stderr.trim().replace(/^levattention scores: /, '') }
}

/**
 * Whether the scores in t.npy are those of the numbers of `name`.
 * @param {string} folder
 * @param {Kind} kind
 */
function areRight(folder, { name, values = name }) {
  const found = readNpy(join(folder, 't.npy')).data
  const numbers = `values/${values.replaceAll('/', '_')}.npy`
  execFileSync(process.execPath, [COMMAND, 'scores', numbers, '--out', 'w.npy', '--quiet', '--force'], {
    cwd: folder,
  })
  const wanted = readNpy(join(folder, 'w.npy')).data
  return (
    found.length === wanted.length &&
    found.every((score, i) => Math.abs(score - wanted[i]) <= LARGEST_DIFFERENCE)
  )
}

/**
 * What to type next, of a message: options, another name, or a line that makes a file.
 * @param {string} message
 */
const typedOf = (message) => [...message.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span)

/**
 * Does what `line` says, and gives the arguments for `scores` then.
 * @param {string} folder
 * @param {string} python
 * @param {string} line
 * @param {Kind} kind
 * @returns {string[]}
 */
function typed(folder, python, line, { name, options: given }) {
  if (line.startsWith('--')) return [name, ...given, ...line.split(' ')]
  // Of objects: where the array was made.
  const code = line.startsWith('numpy.save(')
    ? `import numpy; K = numpy.load('${name}', allow_pickle=True); ${line}`
    : line
  const [program, ...args] = code.startsWith('import ') ? [python, '-c', code] : ['bash', '-c', code]
  const isAddress = /^'?[\w.#*/-]+(\[[\d,:]+\])?'?(?: --[\w-]+)*$/.test(line)
  if (isAddress) return line.replaceAll("'", '').split(' ')
  execFileSync(program, args, { cwd: folder, stdio: 'pipe' })
  const made = /\bsave(?:_npz)?\('([^']*)'/.exec(line)?.[1] ?? / > (\S+)/.exec(line)?.[1] ?? 'fixed.npy'
  return [made]
}

/**
 * @param {string} folder
 * @param {string} python
 * @param {Kind} kind
 * @returns {Row}
 */
function rowOf(folder, python, kind) {
  const { kind: title, name, options: given, remedy, refused } = kind
  const { exitCode, message } = scoresOf(folder, [name, ...given])
  const row = (/** @type {string} */ what, /** @type {boolean} */ right) => ({
    kind: title,
    name,
    what,
    right,
  })
  if (exitCode === 0) {
    const how = given.length === 0 ? 'read' : `read with \`${given.join(' ')}\``
    return row(how, !refused && areRight(folder, kind))
  }
  const said = message.length > MESSAGE_WIDTH ? `${message.slice(0, MESSAGE_WIDTH)} …` : message
  if (exitCode === null || exitCode > 66) return row(`exit code ${exitCode}: ${said}`, false)
  if (refused) return row(`refused: ${said}`, true)
  const [line = remedy] = typedOf(message)
  if (line === null || line === undefined) return row(`refused, and nothing to type: ${said}`, false)
  try {
    rmSync(join(folder, 'fixed.npy'), { force: true })
    const args = typed(folder, python, line, kind)
    let [then, how] = [
      scoresOf(folder, args),
      line === remedy ? 'what it says was done' : `\`${line}\` was typed`,
    ]
    const [more] = then.exitCode === 0 ? [] : typedOf(then.message)
    if (more?.startsWith('--')) {
      then = scoresOf(folder, [...args, ...more.split(' ')])
      how += ` and \`${more}\``
    }
    const right = then.exitCode === 0 && areRight(folder, kind)
    return row(`refused: ${said}; ${how}: ${right ? 'right' : then.message}`, right)
  } catch (error) {
    return row(`refused: ${said}; ${line}: ${error instanceof Error ? error.message : 'failed'}`, false)
  }
}

/** @param {readonly Row[]} rows */
function tableOf(rows) {
  const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const lines = rows.map(
    ({ kind, name, what, right }) => `| ${cell(kind)} | ${name} | ${cell(what)} | ${right ? 'yes' : 'NO'} |`,
  )
  return ['| kind | file | what happens | as it should |', '|---|---|---|---|', ...lines].join('\n')
}

function main() {
  const python = findPython()
  const folder = options.dir ?? mkdtempSync(join(tmpdir(), 'lev-files-'))
  try {
    execFileSync(python, [MAKE, folder], { stdio: 'inherit' })
    /** @type {{ kinds: Kind[], absent: string[] }} */
    const { kinds, absent } = JSON.parse(readFileSync(join(folder, 'kinds.json'), 'utf8'))
    const rows = [...kinds, ...parquetFiles(folder)].map((kind) => rowOf(folder, python, kind))
    const wrong = rows.filter(({ right }) => !right)
    const read = rows.filter(({ what }) => what.startsWith('read')).length
    const typedRows = rows.filter(({ what }) => /was typed.*: right$/.test(what)).length
    const done = rows.filter(({ what }) => what.endsWith('was done: right')).length
    const counts = [
      `${rows.length} kinds of files: ${read} read`,
      `${typedRows} refused with a line that was typed and gave the numbers`,
      `${done} refused with words that were followed and gave them`,
      `${rows.length - read - typedRows - done} refused that hold no numbers to be had`,
      `${wrong.length} not as they should be.`,
    ].join('; ')
    const lacking = absent.length === 0 ? '' : `\n\nNot tried: ${absent.join(', ')}.`
    const about =
      'Made by `node scripts/measure-files.mjs --out docs/files.md`: one matrix in every kind of file, to `levattention scores`; "as it ' +
      'should": the scores are those of the numbers, to 1e-12, or there are none.'
    const text = `# Kinds of files, and what happens\n\n${about}\n\n${counts}${lacking}\n\n${tableOf(rows)}\n`
    console.log(options.out === undefined ? text : counts)
    for (const { kind, name, what } of wrong) console.error(`NOT AS IT SHOULD BE: ${kind}, ${name}: ${what}`)
    if (options.out !== undefined) writeFileSync(options.out, text)
    process.exitCode = wrong.length > 0 ? 1 : 0
  } finally {
    if (options.dir === undefined && existsSync(folder)) rmSync(folder, { recursive: true })
  }
}

main()
