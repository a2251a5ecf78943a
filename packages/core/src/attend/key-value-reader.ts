import { scratchRows } from '../kernels/with-scratch.ts'
import type { Floats } from '../kernels/softmax-kernels.ts'
import { type MatrixSource, newRows } from '../matrix/matrix-source.ts'
import { openBeside } from '../matrix/reopen-matrix.ts'
import { blockRowsOf, type ShardRows } from '../matrix/row-blocks.ts'
import type { TaskSource } from '../matrix/task-source.ts'
import type { Visibility } from '../attention/visibility.ts'

/** Rows that are read for nothing between two that are wanted: what a further read takes longer for. */
const MOST_GAP = 8

/** Keys times the scaling, and their values, in the memory of a shard's kernels. */
export interface KeysAndValues {
  readonly count: number
  /** [count, dim] */
  readonly keys: Floats
  /** [count, dv] */
  readonly values: Floats
}

/** Reads keys of a shard with their values, into arrays that the next read writes over. Takes kernel scratch. */
export class KeyValueReader {
  /** Rows of one read. */
  readonly capacity: number
  readonly valueDim: number
  readonly #keys: Side
  readonly #values: Side
  readonly #keyMask: Uint8Array | undefined

  constructor(
    shard: ShardRows,
    values: TaskSource,
    { keyMask }: Visibility,
    scaling: number,
    mostRows: number,
  ) {
    const [keySource, valueSource] = [shard.source, openBeside(shard, values)]
    const element = [keySource, valueSource].some((source) => source.element === 'f64') ? 'f64' : 'f32'
    const blockRows = blockRowsOf({ cols: keySource.cols + valueSource.cols, element })
    this.capacity = Math.max(1, Math.min(blockRows, mostRows))
    this.valueDim = valueSource.cols
    this.#keys = new Side(shard, keySource, this.capacity, scaling)
    this.#values = new Side(shard, valueSource, this.capacity, 1)
    this.#keyMask = keyMask
  }

  /** Rows [rowStart, rowEnd); zeros of hidden ones: what stands there, NaN too, is nobody's. */
  range(rowStart: number, rowEnd: number): KeysAndValues {
    return this.#read((side) => side.range(rowStart, rowEnd, this.#keyMask), rowEnd - rowStart)
  }

  /** The rows `ids`, ascending, none of them hidden. */
  gather(ids: Float64Array): KeysAndValues {
    return this.#read((side) => side.gather(ids), ids.length)
  }

  #read(read: (side: Side) => Floats, count: number): KeysAndValues {
    return { count, keys: read(this.#keys), values: read(this.#values) }
  }
}

/** Keys or values. */
class Side {
  readonly #source: MatrixSource
  readonly #scaling: number
  readonly #rows: Floats
  #between: Floats | undefined

  constructor({ kernels }: ShardRows, source: MatrixSource, capacity: number, scaling: number) {
    this.#source = source
    this.#scaling = scaling
    this.#rows = scratchRows(kernels, source.element, capacity * source.cols)
  }

  range(rowStart: number, rowEnd: number, keyMask: Uint8Array | undefined): Floats {
    const { cols } = this.#source
    const rows = this.#rows.subarray(0, (rowEnd - rowStart) * cols)
    this.#source.readRows(rowStart, rowEnd, rows)
    if (keyMask) hideRows(rows, cols, keyMask.subarray(rowStart, rowEnd))
    return this.#scaled(rows)
  }

  gather(ids: Float64Array): Floats {
    const { cols } = this.#source
    const capacity = this.#rows.length / cols
    for (let at = 0; at < ids.length;) {
      let end = at + 1
      while (end < ids.length && ids[end] - ids[end - 1] <= MOST_GAP && ids[end] - ids[at] < capacity) end++
      this.#gatherNear(ids.subarray(at, end), this.#rows.subarray(at * cols, end * cols))
      at = end
    }
    return this.#scaled(this.#rows.subarray(0, ids.length * cols))
  }

  /** Rows that one read spans. */
  #gatherNear(ids: Float64Array, into: Floats): void {
    const { cols, element } = this.#source
    const rowEnd = ids[ids.length - 1] + 1
    if (rowEnd - ids[0] === ids.length) {
      this.#source.readRows(ids[0], rowEnd, into)
      return
    }
    const between = (this.#between ??= newRows(element, this.#rows.length))
    this.#source.readRows(ids[0], rowEnd, between)
    for (let i = 0; i < ids.length; i++) {
      const from = (ids[i] - ids[0]) * cols
      for (let a = 0; a < cols; a++) into[i * cols + a] = between[from + a]
    }
  }

  #scaled(rows: Floats): Floats {
    if (this.#scaling !== 1) for (let i = 0; i < rows.length; i++) rows[i] *= this.#scaling
    return rows
  }
}

function hideRows(rows: Floats, cols: number, mask: Uint8Array): void {
  mask.forEach((seen, r) => {
    if (seen === 0) rows.fill(0, r * cols, (r + 1) * cols)
  })
}
