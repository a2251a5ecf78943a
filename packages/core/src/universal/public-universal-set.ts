/**
 * The universal set U (theory.md section 1): every key that can take epsilon of the |q.k|^p attention of any query that
 * its certificate covers. Slots are sorted by bound descending, ties by row id, so a higher epsilon is a prefix.
 */
export interface UniversalSet {
  readonly p: number
  readonly epsilon: number
  /** n: keys that the set was chosen from. */
  readonly rowCount: number
  readonly dim: number
  readonly rowIds: Float64Array // [|U|]
  readonly bounds: Float64Array // [|U|]
  readonly keys: Float32Array | Float64Array // [|U|, dim], as they were read
  /** What proves the bounds: for the calls that take the set, not to be read. */
  readonly factor: object
}
