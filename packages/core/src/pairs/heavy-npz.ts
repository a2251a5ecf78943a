import { dirname } from 'node:path'
import { canonicalJson, type HeaderRecord } from '../lev/canonical.ts'
import type { ElementType } from '../files/elements.ts'
import { BatchOrder, type HeavyPairSink, type HeavyShape, type SinkBatch } from './heavy-pairs.ts'
import { addNpzArray, type NpzArray } from '../formats/npz-writer.ts'
import type { OutputOptions } from '../files/output-check.ts'
import { createOutput, type OutputFile } from '../files/output-file.ts'
import { placeFiles, type SealedFile } from '../files/place-files.ts'
import { SpillFile } from '../files/spill-file.ts'
import { ZIP64_FROM_BYTES, ZipWriter } from '../files/zip-writer.ts'
import { isOfGram, isSoftmax } from './heavy-meta.ts'

/** Where the format widens. Lower in tests only. */
export interface HeavyNpzLimits {
  /** Indices are int64 where n, m or the pair count reaches this, else int32. */
  readonly int64From: number
  readonly zip64FromBytes: number
}

export interface HeavyNpzOptions extends HeavyShape, OutputOptions {
  /** Folder of the temporary files; the output's by default. */
  readonly tmp?: string
}

const LIMITS: HeavyNpzLimits = { int64From: 2 ** 31, zip64FromBytes: ZIP64_FROM_BYTES }
const SPILLED = [
  'keyIds',
  'scores',
  'dots',
  'rowEnds',
  'mass',
  'slack',
  'uncertified',
  'scoreLow',
  'scoreHigh',
  'scoreSE',
  'lse',
] as const
type Spills = Readonly<Record<(typeof SPILLED)[number], SpillFile>>

/** Heavy pairs as a CSR matrix [m, n] that scipy.sparse.load_npz opens: docs/formats.md. Throws CannotWrite. */
export function openHeavyNpz(path: string, options: HeavyNpzOptions, limits = LIMITS): HeavyPairSink {
  return new HeavyNpz(path, options, limits)
}

class HeavyNpz implements HeavyPairSink {
  readonly #shape: HeavyShape
  readonly #limits: HeavyNpzLimits
  readonly #order: BatchOrder
  readonly #output: OutputFile
  readonly #spills: Spills

  constructor(
    path: string,
    { n, m, force = false, shownAs, tmp = dirname(path) }: HeavyNpzOptions,
    limits: HeavyNpzLimits,
  ) {
    this.#shape = { n, m }
    this.#limits = limits
    this.#order = new BatchOrder({ n, m })
    this.#output = createOutput(path, { force, shownAs })
    this.#spills = openSpills(this.#output, tmp)
  }

  get pairCount(): number {
    return this.#order.pairCount
  }

  // Asynchronous as the interface is: the writes themselves are done when it returns.
  async add(batch: SinkBatch): Promise<void> {
    const pairStart = this.pairCount
    try {
      this.#order.accept(batch)
      this.#spills.rowEnds.append(rowEndsOf(batch.offsets, pairStart))
      this.#spills.keyIds.append(batch.keyIds)
      this.#spills.scores.append(batch.scores)
      this.#spills.dots.append(batch.dots)
      this.#spills.slack.append(batch.slack)
      this.#spills.uncertified.append(batch.uncertified)
      if (batch.mass !== undefined) this.#spills.mass.append(batch.mass)
      if (batch.lse !== undefined) this.#spills.lse.append(batch.lse)
      if (batch.scoreLow !== undefined) this.#spills.scoreLow.append(batch.scoreLow)
      if (batch.scoreHigh !== undefined) this.#spills.scoreHigh.append(batch.scoreHigh)
      if (batch.scoreSE !== undefined) this.#spills.scoreSE.append(batch.scoreSE)
    } catch (error) {
      this.abort()
      throw error
    }
  }

  async seal(meta: HeaderRecord): Promise<SealedFile[]> {
    try {
      this.#order.requireWhole()
      const zip = new ZipWriter(this.#output, this.#limits.zip64FromBytes)
      for (const array of this.#arrays(meta)) addNpzArray(zip, array)
      zip.finish()
      return [await this.#output.seal()]
    } catch (error) {
      this.abort()
      throw error
    } finally {
      this.#closeSpills()
    }
  }

  async finish(meta: HeaderRecord): Promise<void> {
    placeFiles(await this.seal(meta))
  }

  abort(): void {
    this.#output.abort()
    this.#closeSpills()
  }

  #closeSpills(): void {
    for (const spill of Object.values(this.#spills)) spill.close()
  }

  *#arrays(meta: HeaderRecord): Generator<NpzArray> {
    const { n, m } = this.#shape
    const { keyIds, scores, dots, rowEnds, mass, slack, uncertified, scoreLow, scoreHigh, scoreSE, lse } =
      this.#spills
    // SciPy wants one type for both; the pair count is the largest of indptr.
    const index = Math.max(n, m, this.pairCount) < this.#limits.int64From ? 'i32' : 'i64'
    yield { name: 'format', text: 'csr' }
    yield { name: 'shape', dtype: 'i64', shape: [2], data: Float64Array.of(m, n) }
    yield vector('data', scores)
    yield { name: 'indices', dtype: index, shape: [keyIds.length], data: integers(index, keyIds.pieces()) }
    yield { name: 'indptr', dtype: index, shape: [m + 1], data: integers(index, fromZero(rowEnds)) }
    yield vector('dots', dots)
    if (this.#order.hasIntervals) {
      yield vector('scoreLow', scoreLow)
      yield vector('scoreHigh', scoreHigh)
    }
    if (this.#order.hasErrors) yield vector('scoreSE', scoreSE)
    // Without queries no batch came that could tell.
    if (this.#order.hasMass ?? isOfGram(meta)) yield vector('mass', mass)
    if (this.#order.hasLse ?? isSoftmax(meta)) yield vector('lse', lse)
    yield vector('slack', slack)
    yield { name: 'uncertified', dtype: 'i64', shape: [uncertified.length], data: uncertified.pieces() }
    yield { name: 'meta', text: canonicalJson(meta) }
  }
}

function openSpills(output: OutputFile, folder: string): Spills {
  const opened: SpillFile[] = []
  try {
    for (let i = 0; i < SPILLED.length; i++) opened.push(new SpillFile(output.path, folder))
    return Object.fromEntries(SPILLED.map((name, i) => [name, opened[i]])) as Spills
  } catch (error) {
    for (const spill of opened) spill.close()
    output.abort()
    throw error
  }
}

function vector(name: string, spill: SpillFile): NpzArray {
  return { name, dtype: 'f64', shape: [spill.length], data: spill.pieces() }
}

/** Ends of the batch's rows among all pairs. */
function rowEndsOf(offsets: Uint32Array, pairStart: number): Float64Array {
  const ends = new Float64Array(offsets.length - 1)
  for (let i = 0; i < ends.length; i++) ends[i] = pairStart + offsets[i + 1]
  return ends
}

function* fromZero(rowEnds: SpillFile): Generator<Float64Array> {
  yield Float64Array.of(0)
  yield* rowEnds.pieces()
}

function* integers(dtype: ElementType, pieces: Iterable<Float64Array>): Generator<Float64Array | Int32Array> {
  for (const piece of pieces) yield dtype === 'i32' ? Int32Array.from(piece) : piece
}
