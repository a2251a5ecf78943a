import { KeySummary as Whole } from './key-summary.ts'
import type { KeySummaryTerms } from '../summary/summary-state.ts'
import type { HeavyBatch } from '../pairs/heavy-batch.ts'
import type { UniversalSet } from '../universal/public-universal-set.ts'

/**
 * Everything that the universal set of some rows needs: push rows, merge with the summary of other rows, ask for U at
 * any moment, save, load, go on. Memory: dim² numbers, a chunk of rows, and at most about 2 rank/epsilon keys, whatever
 * the number of rows (theory.md section 3).
 */
export interface KeySummary {
  /** Rows absorbed. */
  readonly rowCount: number
  /**
   * Absorbs rows [rows.length / dim, dim], row-major; they are copied. Their row ids follow the last row's. `onProgress` is
   * told after each chunk how many of them are in; what it throws is thrown as the cause of an Option error when all are, and so is a
   * promise that it returns, for which nothing waits here.
   * Throws ShapeMismatch, Option (row ids above 2^53; a sketch, which takes in no rows), and Content naming the row and column of a NaN or infinity; then nothing is absorbed.
   */
  update(rows: Float32Array | Float64Array, onProgress?: (rowCount: number) => void): this
  /** Takes in the summary of other rows, of later ones with policy 'prefix'; `other` is unchanged. Throws IncompatibleSummary. */
  merge(other: KeySummary): this
  /** U of all rows absorbed. */
  universalSet(): UniversalSet
  /**
   * The heavy pairs of `queries` [queries.length / dim, dim], row-major, among all rows absorbed so far: every pair with
   * A_ij >= epsilon, for every query but those listed in `uncertified`, which these rows alone cannot decide. `epsilon`:
   * at least the summary's, which is the default. Throws Option, ShapeMismatch, Content naming the row and column of a NaN
   * or infinity.
   */
  heavyPairs(queries: Float32Array | Float64Array, epsilon?: number): HeavyBatch
  /** For a file, or another process. */
  toBytes(): Uint8Array
}

/** Makes a summary from nothing, or from bytes; on scalar kernels, since others are for our own packages. */
export const KeySummary: {
  /** Throws Option. */
  new (terms: KeySummaryTerms): KeySummary
  /**
   * The summary in `bytes`. Throws Option where they are no bytes, Content where they are damaged, not a summary, or its
   * numbers cannot all be true.
   */
  fromBytes(bytes: Uint8Array): KeySummary
} = Whole
