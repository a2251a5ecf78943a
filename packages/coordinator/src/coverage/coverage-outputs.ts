import { extname } from 'node:path'
import { addNpzArray, createOutput, LevError, type OutputFile, ZipWriter } from '@levattention/core/internal'
import type { StagedOutput } from '../files/output-transaction.ts'
import type { CoveredHead } from './cover-group.ts'
import { coverageCsv } from './coverage-csv.ts'
import type { Coverage } from './coverage-facts.ts'

/** The numbers of each row of a head. */
export interface HeadRowNumbers {
  readonly index: number
  readonly rows: CoveredHead
}

/** What is written. */
export interface CoverageResult {
  readonly coverage: Coverage
  /** Of all heads, where a .npz is wanted. */
  readonly rows: readonly HeadRowNumbers[]
}

const EXTENSIONS = ['.csv', '.json', '.npz'] as const

/** Throws Option where `path` has none of the names that are written. */
export function requireCoverageName(path: string): void {
  if (EXTENSIONS.some((extension) => extension === extname(path))) return
  const message = `--out ${path}: coverage goes to a .csv (a row for each head, rule and number of keys), a .json (the whole) or a .npz (each query), as in \`--out coverage.csv\``
  throw new LevError('Option', message, { file: path, option: 'out' })
}

/** Whether `path` holds numbers of each row. */
export function hasRows(path: string): boolean {
  return extname(path) === '.npz'
}

/** A file of all that was found, made at the end. */
export class CoverageOutput implements StagedOutput {
  readonly #path: string
  readonly #force: boolean
  readonly #result: () => CoverageResult
  #output: OutputFile | undefined

  constructor(path: string, force: boolean, result: () => CoverageResult) {
    this.#path = path
    this.#force = force
    this.#result = result
  }

  async seal() {
    const output = createOutput(this.#path, { force: this.#force })
    this.#output = output
    const { coverage, rows } = this.#result()
    const extension = extname(this.#path)
    if (extension === '.npz') writeRows(output, coverage, rows)
    else
      output.write(
        Buffer.from(extension === '.csv' ? coverageCsv(coverage) : `${JSON.stringify(coverage)}\n`),
      )
    return [await output.seal()]
  }

  discard(): void {
    this.#output?.abort()
  }
}

/**
 * `mass` and, with values, `error` [selections, rows] of all judged rows, head after head: those of head heads[h] are
 * offsets[h] .. offsets[h + 1], its row ids `rows`. `meta`: JSON that says which selections.
 */
function writeRows(output: OutputFile, { heads }: Coverage, rows: readonly HeadRowNumbers[]): void {
  const zip = new ZipWriter(output)
  const selections = heads.at(0)?.selections ?? []
  const offsets = new Float64Array(rows.length + 1)
  rows.forEach(({ rows: { judged } }, h) => (offsets[h + 1] = offsets[h] + judged.rows.length))
  const total = offsets[rows.length]
  const meta = {
    command: 'coverage',
    selections: selections.map(({ select, keep, fit }) => ({ select, keep, fit })),
  }
  addNpzArray(zip, { name: 'meta', text: JSON.stringify(meta) })
  const ids = Float64Array.from(rows, ({ index }) => index)
  addNpzArray(zip, { name: 'heads', dtype: 'i64', shape: [ids.length], data: ids })
  addNpzArray(zip, { name: 'offsets', dtype: 'i64', shape: [offsets.length], data: offsets })
  const judged = rows.map((one) => one.rows.judged.rows)
  addNpzArray(zip, { name: 'rows', dtype: 'i64', shape: [total], data: judged })
  for (const name of ['mass', 'error'] as const) {
    const data = selections.flatMap((_, s) =>
      rows.flatMap((one) => one.rows.covered.selections[s][name] ?? []),
    )
    if (name === 'error' && data.length === 0) continue
    addNpzArray(zip, { name, dtype: 'f64', shape: [selections.length, total], data })
  }
  zip.finish()
}
