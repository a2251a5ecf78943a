// @ts-check
// node scripts/measure-tables.mjs [--rows 200000] [--cols 50] [--runs 3] [--workers N] [--dir D] [--keep]: one matrix as .npy, CSV (17 digits) and Parquet;
// scores of each, which have to be the same to 1e-12; seconds and memory; the CSV beside csv-parse on one thread in the same run; and
// memory at a tenth of the rows, which from 2,000,000 on has to be at most 30 MB less. Exit code 1 where a bound is missed.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scriptArguments } from './script-arguments.mjs'
import { parse } from 'csv-parse'
import { fileWriter, ParquetWriter } from 'hyparquet-writer'
import { npyHeader } from '@levattention/core/internal'

const COMMAND = fileURLToPath(new URL('../packages/coordinator/bin/levattention.mjs', import.meta.url))
const BLOCK_ROWS = 50_000
const LARGEST_DIFFERENCE = 1e-12
const LEAST_SPEED = 1.7
const MOST_GROWTH_BYTES = 30e6
const LEAST_ROWS = 200_000

const { values: options } = scriptArguments({
  options: {
    rows: { type: 'string', default: '200000' },
    cols: { type: 'string', default: '50' },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    workers: { type: 'string' },
    runs: { type: 'string', default: '3' },
  },
})
const rows = Number(options.rows)
const cols = Number(options.cols)
const folder = options.dir ?? mkdtempSync(join(tmpdir(), 'lev-tables-'))

/**
 * Rows [start, end) of the matrix: a function of the place alone.
 * @param {number} start
 * @param {number} end
 */
function block(start, end) {
  const values = new Float64Array((end - start) * cols)
  for (let i = 0; i < values.length; i++) {
    // Splitmix in 32 bits, three words a number: about normal, and of 17 digits.
    let [sum, word] = [0, (start * cols + i) | 0]
    for (let k = 0; k < 3; k++) {
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad) + 0x9e3779b9
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
      sum += (word ^ (word >>> 15)) / 2 ** 31
    }
    values[i] = sum * Math.PI * (1 + (i % cols) / 7)
  }
  return values
}

/**
 * @param {number} rowCount
 * @param {string} name
 */
async function writeFiles(rowCount, name) {
  const path = (/** @type {string} */ extension) => join(folder, `${name}${extension}`)
  const npy = openSync(path('.npy'), 'w')
  writeSync(npy, npyHeader('<f8', [rowCount, cols]))
  const csv = openSync(path('.csv'), 'w')
  const names = Array.from({ length: cols }, (_, i) => `x${i}`)
  writeSync(csv, `${names.join(',')}\n`)
  const parquet = new ParquetWriter({
    writer: fileWriter(path('.parquet')),
    schema: [
      { name: 'root', num_children: cols },
      ...names.map((column) => ({
        name: column,
        type: /** @type {const} */ ('DOUBLE'),
        repetition_type: /** @type {const} */ ('REQUIRED'),
      })),
    ],
  })
  for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
    const end = Math.min(rowCount, start + BLOCK_ROWS)
    const values = block(start, end)
    writeSync(npy, values)
    const columnData = names.map((column, c) => ({
      name: column,
      data: Float64Array.from({ length: end - start }, (_, r) => values[r * cols + c]),
    }))
    await parquet.write({ columnData })
    for (let row = 0; row < end - start; row += 1000) {
      let text = ''
      for (let r = row; r < Math.min(end - start, row + 1000); r++) {
        const line = Array.from(values.subarray(r * cols, (r + 1) * cols), (value) => value.toPrecision(17))
        text += `${line.join(',')}\n`
      }
      writeSync(csv, text)
    }
  }
  await parquet.finish()
  closeSync(npy)
  closeSync(csv)
}

/**
 * The scores, and of some runs the medians of what they took.
 * @param {string} file
 */
function scores(file) {
  const runs = Array.from({ length: Number(options.runs) }, () => scoresOnce(file))
  /** @param {(summary: any) => number} of */
  const median = (of) => runs.map(({ summary }) => of(summary)).sort((a, b) => a - b)[runs.length >> 1]
  return {
    tau: runs[0].tau,
    memoryBytes: median((summary) => summary.peakMemoryBytes),
    totalSeconds: median((summary) => summary.seconds.total),
    turnSeconds: median((summary) => summary.seconds.turn ?? 0),
  }
}

/** @param {string} file */
function scoresOnce(file) {
  const out = join(folder, 'tau.npy')
  const workers = options.workers === undefined ? [] : ['--workers', options.workers]
  const line = [
    COMMAND,
    'scores',
    join(folder, file),
    '--out',
    out,
    '--force',
    '--json',
    '--quiet',
    '--tmp',
    folder,
    ...workers,
  ]
  const summary = JSON.parse(
    execFileSync(process.execPath, line, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  const bytes = readFileSync(out)
  const tau = new Float64Array(
    bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.byteLength),
  )
  return { tau, summary }
}

/** The numbers of the CSV by csv-parse, as a program would read them: rows into one array a thousand at a time. */
async function parseSeconds() {
  const start = performance.now()
  const parser = createReadStream(join(folder, 'K.csv')).pipe(parse({ from_line: 2 }))
  const values = new Float64Array(cols)
  let count = 0
  for await (const record of parser) {
    for (let c = 0; c < cols; c++) values[c] = Number(record[c])
    count++
  }
  if (count !== rows) throw new Error(`csv-parse read ${count} rows`)
  return (performance.now() - start) / 1000
}

const mega = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`
let isMissed = false
const bound = (/** @type {boolean} */ holds) => {
  if (!holds) isMissed = true
  return holds ? 'holds' : 'MISSED'
}

try {
  await writeFiles(rows, 'K')
  await writeFiles(Math.max(cols, Math.floor(rows / 10)), 'tenth')
  console.log(`[${rows}, ${cols}]; CSV of ${mega(statSync(join(folder, 'K.csv')).size)}`)
  console.log(
    '| input | seconds in all | reading the table | peak memory | at a tenth of the rows | largest difference |',
  )
  console.log('|---|---|---|---|---|---|')
  const wanted = scores('K.npy').tau
  let turnSeconds = Infinity
  for (const extension of ['.npy', '.csv', '.parquet']) {
    const { tau, memoryBytes, totalSeconds, turnSeconds: turning } = scores(`K${extension}`)
    const tenth = scores(`tenth${extension}`).memoryBytes
    const difference = tau.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0)
    // Where fewer rows are read, threads and their memory are not all there yet.
    const isJudged = extension !== '.parquet' && rows / 10 >= LEAST_ROWS
    const isBounded = !isJudged || memoryBytes - tenth <= MOST_GROWTH_BYTES
    if (extension === '.csv') turnSeconds = turning
    console.log(
      `| ${extension} | ${totalSeconds.toFixed(2)} | ${turning.toFixed(2)} | ${mega(memoryBytes)} | ${mega(tenth)}${isJudged ? ` (${bound(isBounded)})` : ''} | ${difference.toExponential(1)} (${bound(difference <= LARGEST_DIFFERENCE)}) |`,
    )
  }
  const parsed = await parseSeconds()
  const speed = parsed / turnSeconds
  console.log(
    `csv-parse on one thread: ${parsed.toFixed(2)} s, ${speed.toFixed(1)} times as long (${bound(speed >= LEAST_SPEED)})`,
  )
} finally {
  if (!options.keep && options.dir === undefined) rmSync(folder, { recursive: true, force: true })
}
process.exitCode = isMissed ? 1 : 0
