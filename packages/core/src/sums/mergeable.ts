/**
 * What the map-reduce needs of a summary: a commutative monoid over disjoint sets of rows.
 *
 * Laws (test/laws): merging is associative and commutative up to rounding; a summary of no rows is the identity;
 * `fromBytes(toBytes(s))` equals s. Merging is **not** idempotent: a row that is counted twice halves its score,
 * so a summary carries its row ranges and `merge` refuses an overlap. Floating addition is not associative:
 * equal bytes need one fixed order, the plan's tree.
 */
export interface Mergeable<S> {
  /** Takes `other` into this summary; `other` is unchanged. Throws IncompatibleSummary. */
  merge(other: S): this
  toBytes(): Uint8Array
}
