/**
 * The universal set U (theory.md section 1): every key that can take epsilon of the |q.k|^p attention of any query that
 * its certificate covers. Slots are sorted by bound descending, ties by row id, so a higher epsilon is a prefix.
 */
export interface UniversalSet {
  /** Exponent of the |q.k|^p attention. */
  readonly p: number
  /** Attention threshold that the set is for. */
  readonly epsilon: number
  /** n: keys that the set was chosen from. */
  readonly rowCount: number
  /** d: columns of the keys. */
  readonly dim: number
  /** [|U|]: row id of each key. */
  readonly rowIds: Float64Array
  /** [|U|]: no query that the certificate covers gives the key a larger share. */
  readonly bounds: Float64Array
  /** [|U|, dim], row-major: the keys as they were read. */
  readonly keys: Float32Array | Float64Array
  /** What proves the bounds: for the calls that take the set, not to be read. */
  readonly factor: object
}
