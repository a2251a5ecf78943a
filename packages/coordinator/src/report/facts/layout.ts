import { LevError, prefixAdvice } from '@levattention/core/internal'

/** What the keys of a head are: cells of a picture behind so many other tokens, words of a text, or rows. */
export type Layout =
  | { readonly kind: 'grid'; readonly height: number; readonly width: number; readonly prefix: number }
  | { readonly kind: 'tokens'; readonly tokens: readonly string[] }
  | { readonly kind: 'rows' }

/** Where keys lie on a plane of few cells. */
export interface Cells {
  readonly rows: number
  readonly columns: number
  /** Keys of a cell, down and across. */
  readonly tall: number
  readonly wide: number
  /** Cells behind those of the plane: of the keys in front of it, of the first ones where they are many. */
  readonly prefix: number
  /** The cell of a key; undefined of a prefix token that has none. */
  cellOf(key: number): number | undefined
}

/** Cells of keys that are not on a grid. */
const MOST_PREFIX = 16

/** Cells of a grid's side; cells of rows in all, and in a line. */
const [GRID_SIDE, MOST_CELLS, LINE_CELLS] = [64, 512, 32] as const

/** The grid of `n` keys in cells of at most 64 by 64, or the keys in a row in at most 512. */
export function cellsOf(layout: Layout, n: number): Cells {
  return layout.kind === 'grid' ? gridCells(layout) : lineCells(n)
}

function gridCells({ height, width, prefix }: Extract<Layout, { kind: 'grid' }>): Cells {
  const [tall, wide] = [Math.ceil(height / GRID_SIDE), Math.ceil(width / GRID_SIDE)]
  const columns = Math.ceil(width / wide)
  const rows = Math.ceil(height / tall)
  const shown = Math.min(prefix, MOST_PREFIX)
  const cellOf = (key: number) => {
    const place = key - prefix
    if (place < 0) return key < shown ? rows * columns + key : undefined
    return Math.floor(Math.floor(place / width) / tall) * columns + Math.floor((place % width) / wide)
  }
  return { rows, columns, tall, wide, prefix: shown, cellOf }
}

function lineCells(n: number): Cells {
  const wide = Math.max(1, Math.ceil(n / MOST_CELLS))
  const cells = Math.ceil(n / wide)
  return {
    rows: Math.ceil(cells / LINE_CELLS),
    columns: LINE_CELLS,
    tall: 1,
    wide,
    prefix: 0,
    cellOf: (key) => Math.floor(key / wide),
  }
}

/** Throws Option where `layout` is not about `n` keys. */
export function requireLayout(layout: Layout, n: number): void {
  if (layout.kind === 'tokens' && layout.tokens.length !== n) {
    const message = `--tokens has ${layout.tokens.length} tokens, and there are ${n} keys: it takes one for each`
    throw new LevError('Option', message, { option: 'tokens' })
  }
  if (layout.kind !== 'grid') return
  const { height, width, prefix } = layout
  if (height * width + prefix === n) return
  const advice = prefixAdvice(n - height * width)
  const message = `a grid of ${height} x ${width} cells behind ${prefix} other tokens is ${height * width + prefix} keys, and there are ${n}${advice}`
  throw new LevError('Option', message, { option: 'grid' })
}
