import type { SoftmaxTerms } from '../softmax/query-groups.ts'
import type { TaskSource } from '../matrix/task-source.ts'

/** Keys near a query's own position. */
export interface LocalKeys {
  /** The largest |i - j|, or Manhattan distance on the grid; 0 is the own key. */
  readonly radius: number
  /** Cells in row-major order, behind the prefix tokens, which have and are no local keys. */
  readonly grid?: TokenGrid | undefined
}

/** Tokens of an image: height x width cells, row-major, behind tokens that stand on no cell. */
export interface TokenGrid {
  /** Rows of cells. */
  readonly height: number
  /** Cells in a row. */
  readonly width: number
  /** Tokens in front of the cells, as a class token; default 0. */
  readonly prefixTokens?: number | undefined
}

/** S_i as far as it is a set of the query: what it attends to of the keys that it sees (docs/theory.md section 7). */
export interface SelectedKeys {
  /** Fixed set and sinks as one, of keys that take part: row ids, ascending. Absent: all keys. */
  readonly kept?: Float64Array | undefined
  readonly local?: LocalKeys | undefined
}

/** What the attention of a batch of queries takes, beside the keys of a shard. Plain data. */
export interface AttendTerms extends SoftmaxTerms, SelectedKeys {
  /** [n, dv], the rows of the keys. */
  readonly values: TaskSource
  /** Weights |<q, k>|^p in place of softmax's; in float64, and without the scale. */
  readonly p?: number | undefined
}
