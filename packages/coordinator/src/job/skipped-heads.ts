import type { InputName } from '@levattention/core/internal'

/** A head that is left out, for the first NaN or infinity of what is read for it. */
export interface SkippedHead {
  /** Its index, flat over the leading axes. */
  readonly head: number
  /** Which input it stands in. */
  readonly input: InputName
  /** The matrix, as it may be typed. */
  readonly address: string
  /** Of the first such value, from 0. */
  readonly row: number
  /** Of the first such value, from 0. */
  readonly column: number
  /** NaN, Infinity or -Infinity. */
  readonly value: string
  /** Such values in its matrix. */
  readonly count: number
}

/** What a summary says of them: nothing where there is none. */
export function skippedFacts(skipped: readonly SkippedHead[]): {
  readonly skippedHeads?: readonly SkippedHead[]
} {
  return skipped.length === 0 ? {} : { skippedHeads: skipped }
}

/** What a line of heads.csv says of a head that is left out. */
export function skippedText({ input, address, row, column, value }: SkippedHead): string {
  return `${address} (${input}) row ${row} column ${column}: ${value}`
}
