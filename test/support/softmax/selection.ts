/** S_i: the fixed set, local keys and sinks, as far as the query sees them. */
import { positionOf, type OracleVisibility } from './head.ts'

export interface OracleExtras {
  readonly local?: number
  readonly sinkTokens?: number
  readonly restClusters?: number
  readonly grid?: { readonly height: number; readonly width: number; readonly prefixTokens?: number }
}

export interface RowSelection {
  /** Ascending. */
  readonly ids: readonly number[]
  /** The row had selected nothing and attends to its own key. */
  readonly self: boolean
}

export function isLocal(
  position: number,
  key: number,
  causal: boolean,
  { local, grid }: OracleExtras,
): boolean {
  if (local === undefined) return false
  if (grid === undefined) {
    return causal ? position - key >= 0 && position - key <= local : Math.abs(position - key) <= local
  }
  const { height, width, prefixTokens = 0 } = grid
  const cells = [position - prefixTokens, key - prefixTokens]
  if (cells.some((cell) => cell < 0 || cell >= height * width)) return false
  const [down, right] = [(cell: number) => Math.floor(cell / width), (cell: number) => cell % width]
  const [a, b] = cells
  return Math.abs(down(a) - down(b)) + Math.abs(right(a) - right(b)) <= local
}

/** `seen` = vis(i), `chosen` the fixed set. */
export function selectRow(
  query: number,
  seen: readonly number[],
  chosen: ReadonlySet<number>,
  visibility: OracleVisibility,
  extras: OracleExtras,
): RowSelection {
  const position = positionOf(visibility, query)
  const causal = visibility.causal === true
  const { sinkTokens = 0 } = extras
  const ids = seen.filter(
    (key) => chosen.has(key) || key < sinkTokens || isLocal(position, key, causal, extras),
  )
  return causal && ids.length === 0 && seen.includes(position)
    ? { ids: [position], self: true }
    : { ids, self: false }
}
