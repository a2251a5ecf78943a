import { firstAtLeast } from '../attend/first-at-least.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { RankedKeys } from './best-keys.ts'
import type { CoveredSelection } from './coverage-terms.ts'
import type { GroupScope } from './group-scope.ts'
import { HeldSums } from './held-sums.ts'
import type { ShareTile } from './share-tile.ts'

/** What the sums of a group of queries are made of. */
export interface GroupTerms {
  readonly scope: GroupScope
  readonly selections: readonly CoveredSelection[]
  /** [queries]: the keys of their largest A_ij, where a selection asks for them. */
  readonly best: readonly RankedKeys[]
  /** [queries] */
  readonly heavyFrom: Float64Array
  /** 0 without values. */
  readonly valueDim: number
}

/** One S_i of a group: of a selection and a draw. */
export interface GroupSet {
  readonly selection: CoveredSelection
  readonly draw: number
  readonly kept: Float64Array
  readonly sums: HeldSums
  /** [queries]: |S_i| */
  readonly counts: Float64Array
}

/** Sums over all keys, over local keys, and over every S_i: of a group of queries, tile by tile. */
export class GroupSums {
  readonly sets: readonly GroupSet[]
  readonly all: HeldSums
  readonly #local: HeldSums
  readonly #own: HeldSums
  readonly #terms: GroupTerms
  /** Those whose keys are each row's own. */
  readonly #best: readonly (GroupSet & { readonly most: number })[]

  constructor(terms: GroupTerms) {
    const { scope, selections, heavyFrom, valueDim } = terms
    const none = () => new HeldSums(heavyFrom, valueDim)
    const counts = (kept: Float64Array, isLocal: boolean) =>
      heavyFrom.map((_, q) => scope.keysOf(q, kept, isLocal))
    this.#terms = terms
    this.sets = selections.flatMap((selection) =>
      selection.sets.map((kept, draw) => ({
        selection,
        draw,
        kept,
        sums: none(),
        counts: counts(kept, selection.isLocal),
      })),
    )
    this.#best = this.sets.flatMap((set) => {
      const { best: most } = set.selection
      return most === undefined ? [] : [{ ...set, most }]
    })
    this.all = none()
    this.#local = none()
    this.#own = none()
  }

  add(kernels: Kernels, tile: ShareTile): void {
    const { scope } = this.#terms
    this.all.addAll(kernels, tile)
    for (const { selection, kept, sums } of this.sets)
      sums.addKept(kernels, tile, selection.isLocal ? tile.distant : tile.shares, kept)
    for (let q = tile.queryStart; q < tile.queryStart + tile.queryCount; q++) {
      for (const { rowStart, rowEnd } of scope.local[q])
        forEachIn(tile, rowStart, rowEnd, (id) => this.#local.addKey(tile, q, id))
      forEachIn(tile, scope.own[q], scope.own[q] + 1, (id) => this.#own.addKey(tile, q, id))
      this.#addBest(tile, q)
    }
  }

  /** Adds what all tiles were needed for: local keys, and the own key of rows that have none beside. */
  finish(): void {
    const { scope } = this.#terms
    for (const { selection, sums, counts } of this.sets) {
      counts.forEach((count, q) => {
        if (selection.isLocal) sums.addOf(this.#local, q)
        if (count > 0 || scope.own[q] < 0) return
        sums.addOf(this.#own, q)
        counts[q] = 1
      })
    }
  }

  #addBest(tile: ShareTile, q: number): void {
    const { best, scope } = this.#terms
    if (best.length === 0) return
    const { ids, ranks } = best[q]
    const end = firstAtLeast(ids, tile.keyStart + tile.keyCount)
    for (let at = firstAtLeast(ids, tile.keyStart); at < end; at++) {
      for (const { most, selection, kept, sums, counts } of this.#best) {
        if (ranks[at] >= most) continue
        const isThere = kept[firstAtLeast(kept, ids[at])] === ids[at]
        if (isThere || (selection.isLocal && scope.isLocal(q, ids[at]))) continue
        sums.addKey(tile, q, ids[at])
        counts[q]++
      }
    }
  }
}

/** Ids [rowStart, rowEnd) that lie in the tile. */
function forEachIn(
  { keyStart, keyCount }: ShareTile,
  rowStart: number,
  rowEnd: number,
  visit: (id: number) => void,
): void {
  const end = Math.min(rowEnd, keyStart + keyCount)
  for (let id = Math.max(rowStart, keyStart); id < end; id++) visit(id)
}
