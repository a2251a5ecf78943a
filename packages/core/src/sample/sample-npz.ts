import { dirname } from 'node:path'
import { canonicalJson, type HeaderRecord } from '../lev/canonical.ts'
import { addNpzArray, type NpzArray } from '../formats/npz-writer.ts'
import type { OutputOptions } from '../files/output-check.ts'
import { createOutput, type OutputFile } from '../files/output-file.ts'
import { SpillFile } from '../files/spill-file.ts'
import { ZipWriter } from '../files/zip-writer.ts'

interface SampleNpzOptions extends OutputOptions {
  /** Columns of a row, and the type in which rows are written. */
  readonly dim: number
  readonly element: 'f32' | 'f64'
  /** Folder of the temporary files; the output's by default. */
  readonly tmp?: string | undefined
}

/** Sampled rows in ascending order of row id: rows is [count, dim]. */
export interface SampleBatch {
  readonly rowIds: Float64Array
  readonly probabilities: Float64Array
  readonly rows: Float32Array | Float64Array
}

/** A row sample as a .npz (docs/formats.md), in memory that does not grow with it; it appears at `finish`. */
export class SampleNpz {
  readonly #options: SampleNpzOptions
  readonly #output: OutputFile
  readonly #spills: readonly SpillFile[]

  /** Throws CannotWrite. */
  constructor(path: string, options: SampleNpzOptions) {
    this.#options = options
    this.#output = createOutput(path, options)
    this.#spills = openSpills(this.#output, options.tmp ?? dirname(path))
  }

  /** Throws CannotWrite. */
  add({ rowIds, probabilities, rows }: SampleBatch): void {
    const [ids, chances, entries] = this.#spills
    ids.append(rowIds)
    chances.append(probabilities)
    entries.append(rows instanceof Float64Array ? rows : Float64Array.from(rows))
  }

  /** Throws CannotWrite; nothing is left then. */
  async finish(meta: HeaderRecord): Promise<void> {
    try {
      const zip = new ZipWriter(this.#output)
      for (const array of this.#arrays(meta)) addNpzArray(zip, array)
      zip.finish()
      await this.#output.commit()
    } finally {
      this.abort()
    }
  }

  /** Leaves nothing. After `finish` it does nothing. Never throws. */
  abort(): void {
    this.#output.abort()
    for (const spill of this.#spills) spill.close()
  }

  *#arrays(meta: HeaderRecord): Generator<NpzArray> {
    const { dim, element } = this.#options
    const [ids, chances, entries] = this.#spills
    const shape = [ids.length]
    yield { name: 'rowIds', dtype: 'u64', shape, data: ids.pieces() }
    yield { name: 'probabilities', dtype: 'f64', shape, data: chances.pieces() }
    yield { name: 'weights', dtype: 'f64', shape, data: mapped(chances, sampleWeights) }
    const rows = element === 'f64' ? entries.pieces() : mapped(entries, (piece) => Float32Array.from(piece))
    yield { name: 'rows', dtype: element, shape: [ids.length, dim], data: rows }
    yield { name: 'meta', text: canonicalJson(meta) }
  }
}

/** 1/p of each probability: what a row counts for, so that weighted sums are unbiased. */
export function sampleWeights(probabilities: Float64Array): Float64Array {
  return probabilities.map((probability) => 1 / probability)
}

function openSpills(output: OutputFile, folder: string): SpillFile[] {
  const opened: SpillFile[] = []
  try {
    for (let i = 0; i < 3; i++) opened.push(new SpillFile(output.path, folder))
    return opened
  } catch (error) {
    for (const spill of opened) spill.close()
    output.abort()
    throw error
  }
}

function* mapped<T>(spill: SpillFile, map: (piece: Float64Array) => T): Generator<T> {
  for (const piece of spill.pieces()) yield map(piece)
}
