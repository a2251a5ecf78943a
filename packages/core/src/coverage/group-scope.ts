import { firstAtLeast } from '../attend/first-at-least.ts'
import { windowsOf } from '../attend/local-windows.ts'
import { VisibleCount } from '../attend/visible-count.ts'
import { isKey, rangeSeen } from '../attention/visibility.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import type { CoverageTerms } from './coverage-terms.ts'

type ScopeTerms = Pick<CoverageTerms, 'visibility' | 'local'>

/** What each of some queries sees, and which of that is local: runs of row ids, of which masked keys are to be left out. */
export class GroupScope {
  /** [queries] */
  readonly seen: readonly RowRange[]
  /** [queries]: runs within what is seen that do not overlap. */
  readonly local: readonly (readonly RowRange[])[]
  /** [queries]: the key at its own position, which a causal query has where it has no other; -1 where it sees none there. */
  readonly own: Float64Array
  readonly #visible: VisibleCount

  constructor(rows: Float64Array, keyCount: number, terms: ScopeTerms, visible: VisibleCount) {
    const { visibility, local } = terms
    const windows = local ? windowsOf(local, visibility.causal) : []
    const positions = rows.map((row) => visibility.queryStart + row)
    this.#visible = visible
    this.seen = Array.from(rows, (row) => rangeSeen(visibility, row, keyCount))
    this.local = this.seen.map((seen, q) =>
      windows.map((window) => within(window(positions[q]), seen)).filter((run) => rowsIn(run) > 0),
    )
    this.own = positions.map((at, q) => {
      const { rowStart, rowEnd } = this.seen[q]
      return visibility.causal && at >= rowStart && at < rowEnd && isKey(visibility, at) ? at : -1
    })
  }

  /** Keys that query q sees. */
  seenCount(q: number): number {
    return this.#count(this.seen[q])
  }

  /** Of the `kept` keys, ascending, and with `isLocal` the local ones, those that query q sees, each once. */
  keysOf(q: number, kept: Float64Array, isLocal: boolean): number {
    const runs = isLocal ? this.local[q] : []
    const beside = runs.reduce((sum, run) => sum + this.#count(run) - keptIn(kept, run), 0)
    return keptIn(kept, this.seen[q]) + beside
  }

  isLocal(q: number, key: number): boolean {
    return this.local[q].some(({ rowStart, rowEnd }) => key >= rowStart && key < rowEnd)
  }

  #count({ rowStart, rowEnd }: RowRange): number {
    return this.#visible.count(rowStart, rowEnd)
  }
}

function within(run: RowRange, seen: RowRange): RowRange {
  const rowStart = Math.max(run.rowStart, seen.rowStart)
  return { rowStart, rowEnd: Math.max(rowStart, Math.min(run.rowEnd, seen.rowEnd)) }
}

function keptIn(kept: Float64Array, { rowStart, rowEnd }: RowRange): number {
  return firstAtLeast(kept, rowEnd) - firstAtLeast(kept, rowStart)
}
