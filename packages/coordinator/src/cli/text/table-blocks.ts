import { lineWidth, printableLine } from './text-layout.ts'

const INDENT = 2
const GAP = 2
/** Longest name of a row that a table shows. */
const ID_CHARS = 40

/** The name of a row as a cell: in one line, shortened. */
export function cellOfId(id: string): string {
  const line = printableLine(id)
  return line.length > ID_CHARS ? `${line.slice(0, ID_CHARS - 1)}…` : line
}

/**
 * Lines of `rows`, of which the first is the titles; cells stand at the right. Columns that do not fit the line are in blocks below,
 * each behind the first `lead` columns.
 */
export function tableLines(rows: readonly (readonly string[])[], lead: number): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const lineOf = (row: readonly string[], columns: readonly number[]) =>
    (' '.repeat(INDENT) + columns.map((at) => row[at].padStart(widths[at])).join(' '.repeat(GAP))).trimEnd()
  return blocksOf(widths, lead).flatMap((columns, block) => [
    ...(block > 0 ? [''] : []),
    ...rows.map((row) => lineOf(row, columns)),
  ])
}

/** Which columns stand side by side: of a block at least one beside the first ones. */
function blocksOf(widths: readonly number[], lead: number): number[][] {
  const first = widths.slice(0, lead).map((_, at) => at)
  const room = lineWidth() - INDENT
  const widthOf = (columns: readonly number[]) =>
    columns.reduce((sum, at) => sum + widths[at], GAP * (columns.length - 1))
  const blocks = [first]
  for (let at = lead; at < widths.length; at++) {
    const last = blocks[blocks.length - 1]
    if (last.length > lead && widthOf([...last, at]) > room) blocks.push([...first, at])
    else blocks[blocks.length - 1] = [...last, at]
  }
  return blocks
}
