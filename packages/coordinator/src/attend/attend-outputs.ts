import {
  addNpzArray,
  createOutput,
  type Heads,
  LevError,
  type NpyPlaces,
  openNpyPlaces,
  ZipWriter,
} from '@levattention/core/internal'
import type { StagedOutput } from '../files/output-transaction.ts'

/** Where the rows of each head stand in one array. */
export interface HeadLayout {
  /** Without columns. */
  readonly shape: readonly number[]
  /** Of each head. */
  readonly rowCount: number
  /** Rows from one of a head to its next, of the array seen as [rows, columns]. */
  readonly rowStride: number
  /** Of a head's first row. */
  startOf(head: number): number
}

/** Of `rowCount` rows of each of the heads: the queries' axes and order where all are taken, else [heads, rows]. */
export function layoutOf(
  queries: Heads | undefined,
  wanted: 'all' | readonly number[],
  rowCount: number,
): HeadLayout {
  if (queries === undefined) return { rowCount, shape: [rowCount], rowStride: 1, startOf: () => 0 }
  if (wanted !== 'all') {
    const startOf = (head: number) => wanted.indexOf(head) * rowCount
    return { rowCount, shape: [wanted.length, rowCount], rowStride: 1, startOf }
  }
  const axes = queries.layout.split('').flatMap((letter, axis) => (letter === 'd' ? [] : [{ letter, axis }]))
  const shape = axes.map(({ letter, axis }) => (letter === 'n' ? rowCount : queries.shape[axis]))
  const strides = shape.map((_, at) => shape.slice(at + 1).reduce((product, extent) => product * extent, 1))
  const headStrides = strides.filter((_, at) => axes[at].letter !== 'n')
  return {
    rowCount,
    shape,
    rowStride: strides[axes.findIndex(({ letter }) => letter === 'n')] ?? 1,
    startOf: (head) => queries.leadingIndex(head).reduce((sum, at, i) => sum + at * headStrides[i], 0),
  }
}

/** Rows that are filled at a time. */
const FILLED_ROWS = 1024

interface RowsOptions {
  readonly dtype: 'f32' | 'f64'
  /** Of a row; absent: one number a row, without an axis. */
  readonly columns?: number
  readonly force: boolean
}

/** Rows of all heads in one .npy, written as they come. */
export class HeadRows implements StagedOutput {
  readonly #layout: HeadLayout
  readonly #columns: number
  readonly #dtype: 'f32' | 'f64'
  readonly #places: NpyPlaces

  /** Throws CannotWrite. */
  constructor(path: string, layout: HeadLayout, { dtype, columns, force }: RowsOptions) {
    this.#layout = layout
    this.#columns = columns ?? 1
    this.#dtype = dtype
    const shape = [...layout.shape, ...(columns === undefined ? [] : [columns])]
    this.#places = openNpyPlaces(path, { dtype, shape, force })
  }

  /** Rows of `head` from its answered row `row` on. Throws CannotWrite, and Option where float32 does not hold them. */
  put(head: number, row: number, rows: Float32Array | Float64Array): void {
    const own = this.#converted(rows)
    const { rowStride } = this.#layout
    const columns = this.#columns
    const start = this.#layout.startOf(head) + row * rowStride
    if (rowStride === 1) {
      this.#places.put(start * columns, own)
      return
    }
    for (let r = 0; r * columns < own.length; r++)
      this.#places.put((start + r * rowStride) * columns, own.subarray(r * columns, (r + 1) * columns))
  }

  /** All rows of `head`. Throws CannotWrite. */
  fill(head: number, value: number): void {
    const { rowCount } = this.#layout
    const Floats = this.#dtype === 'f64' ? Float64Array : Float32Array
    const rows = new Floats(Math.min(rowCount, FILLED_ROWS) * this.#columns).fill(value)
    for (let row = 0; row < rowCount; row += FILLED_ROWS)
      this.put(head, row, rows.subarray(0, Math.min(FILLED_ROWS, rowCount - row) * this.#columns))
  }

  async seal() {
    return await this.#places.seal()
  }

  discard(): void {
    this.#places.discard()
  }

  #converted(rows: Float32Array | Float64Array): Float32Array | Float64Array {
    if (this.#dtype === 'f64') return rows instanceof Float64Array ? rows : Float64Array.from(rows)
    if (rows instanceof Float32Array) return rows
    const converted = Float32Array.from(rows)
    const over = converted.findIndex((value) => !Number.isFinite(value))
    if (over < 0) return converted
    const message = `outputs reach ${rows[over]}, beyond float32; leave --out-dtype out, which writes float64`
    throw new LevError('Option', message, { option: 'out-dtype' })
  }
}

/** The fixed set of each group of heads. */
export interface KeptKeys {
  readonly keyHead: number
  readonly keyIds: Float64Array
}

/** `ids` of all sets, `offsets` [sets + 1] where each begins, and the `keyHeads` [sets] whose they are. */
export class SelectedOutput implements StagedOutput {
  readonly #path: string
  readonly #force: boolean
  readonly #sets: () => readonly KeptKeys[]
  #output: ReturnType<typeof createOutput> | undefined

  constructor(path: string, force: boolean, sets: () => readonly KeptKeys[]) {
    this.#path = path
    this.#force = force
    this.#sets = sets
  }

  async seal() {
    const sets = this.#sets()
    const output = createOutput(this.#path, { force: this.#force })
    this.#output = output
    const zip = new ZipWriter(output)
    const offsets = new Float64Array(sets.length + 1)
    sets.forEach(({ keyIds }, at) => (offsets[at + 1] = offsets[at] + keyIds.length))
    const ids = new Float64Array(offsets[sets.length])
    sets.forEach(({ keyIds }, at) => ids.set(keyIds, offsets[at]))
    const keyHeads = Float64Array.from(sets, ({ keyHead }) => keyHead)
    addNpzArray(zip, { name: 'ids', dtype: 'i64', shape: [ids.length], data: ids })
    addNpzArray(zip, { name: 'offsets', dtype: 'i64', shape: [offsets.length], data: offsets })
    addNpzArray(zip, { name: 'keyHeads', dtype: 'i64', shape: [keyHeads.length], data: keyHeads })
    zip.finish()
    return [await output.seal()]
  }

  discard(): void {
    this.#output?.abort()
  }
}
