/** Heads and visibility of the oracle as the product takes them. */
import {
  type DenseRows,
  type NamedSet,
  fixedSet,
  type KeyHead,
  matrix,
  type Visibility,
} from '@levattention/core/internal'
import type { DenseMatrix } from '../oracle.ts'
import { groupReads } from './attend.ts'
import { keyHeadOf, type OracleHeads, type OracleVisibility } from './head.ts'
import { fixedSet as oracleSet, type OracleFixedSet } from './rules.ts'

export type Element = 'f32' | 'f64'

export function visibilityOf(given: OracleVisibility): Visibility {
  const { causal = false, queryStart = 0, slidingWindow, segment, keyRows, queryRows } = given
  const { keyMask, queryMask } = given
  const rangeOf = (range?: readonly [number, number]) => range && { rowStart: range[0], rowEnd: range[1] }
  return {
    causal,
    queryStart,
    slidingWindow,
    segment,
    keyMask: keyMask && Uint8Array.from(keyMask),
    queryMask: queryMask && Uint8Array.from(queryMask),
    keyRows: rangeOf(keyRows),
    queryRows: rangeOf(queryRows),
  }
}

export function denseOf({ rows, cols, data }: DenseMatrix, element: Element): DenseRows {
  return { rows, cols, data: element === 'f64' ? data : Float32Array.from(data) }
}

/** The head as a source, to be shared with threads. */
export function sourceOfDense({ rows, cols, data }: DenseRows) {
  return matrix(data, { rows, cols })
}

/** What a key head's fixed set is asked, of both sides. */
export interface Choice {
  readonly heads: OracleHeads
  readonly keyHead: number
  readonly element: Element
  readonly visibility: OracleVisibility
  readonly set: NamedSet
  readonly scale?: number | undefined
  readonly holdout?: boolean
  readonly draw?: number
}

type Group = Omit<KeyHead, 'keys' | 'queries'> & { keys: DenseRows; queries: DenseRows[] }

/** Queries that a rule reads: those of the group; of `fitQueries` all, whom no mask of the queries concerns. */
export function groupOf({ heads, keyHead, element, visibility, scale, holdout, draw }: Choice): Group {
  const { fitQueries } = heads
  const { queryMask: _mask, queryRows: _rows, ...unmasked } = visibility
  const of = fitQueries ?? heads.queries
  return {
    keys: denseOf(heads.keys[keyHead], element),
    queries: of
      .filter((_, h) => keyHeadOf(h, { ...heads, queries: of }) === keyHead)
      .map((one) => denseOf(one, element)),
    visibility: visibilityOf(fitQueries ? unmasked : visibility),
    scale,
    evenQueries: holdout === true && fitQueries === undefined,
    draw,
  }
}

export function chosenHere(choice: Choice): number[] {
  const { keys, queries, visibility, scale, ...others } = groupOf(choice)
  return [...fixedSet({ keys, queries }, visibility, scale, choice.set, others)]
}

export function chosenByOracle({ heads, keyHead, visibility, set, scale, holdout, draw }: Choice): number[] {
  const even = (query: number) => holdout !== true || heads.fitQueries !== undefined || query % 2 === 0
  const read = groupReads(heads, keyHead, visibility, even)
  return oracleSet(set as OracleFixedSet, heads.keys[keyHead], read, visibility, scale, draw)
}
