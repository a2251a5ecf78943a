import type { Figure } from '../draw/figure.ts'
import { count, share, short } from '../draw/numbers.ts'
import { PALE_SHADES, type Colour } from '../draw/palette.ts'
import { PANEL_WIDTH, textAt } from '../draw/panel.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import { medianOf } from '../facts/selections.ts'

/** A number of each head. */
export interface HeadNumber {
  readonly name: string
  /** What is told of it: 'softmax mass by 32 keys of largest leverage'. */
  readonly what: string
  readonly colour: Colour
  readonly of: (head: HeadReport) => number | undefined
}

const [LEFT, TOP, SIZE] = [34, 16, 318] as const
/** Below it no number fits into a cell. */
const LEAST_SIDE = 25

/** Layers by heads: a cell a head, a stronger shade for more. Undefined where no head has the number. */
export function headsMatrix(
  heads: readonly HeadReport[],
  { name, what, colour, of }: HeadNumber,
): Figure | undefined {
  const perBatch = 1 + Math.max(...heads.map(({ head = 0 }) => head))
  const told = heads.flatMap((head) => {
    const value = of(head)
    const column =
      (head.batch ?? 0) * perBatch +
      (head.head ?? (head.layer === undefined && head.batch === undefined ? head.index : 0))
    return value === undefined ? [] : [{ value, row: head.layer ?? 0, column }]
  })
  if (told.length === 0) return undefined
  const values = told.map(({ value }) => value)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const [columns, rows] = [
    1 + Math.max(...told.map((one) => one.column)),
    1 + Math.max(...told.map((one) => one.row)),
  ]
  const width = SIZE / columns
  const height = Math.min(26, Math.max(width, 14))
  const levelOf = (value: number) => Math.min(4, Math.floor((5 * (value - least)) / (most - least || 1)))
  const cells = told.map(({ value, row, column }) => {
    const [x, y] = [LEFT + column * width, TOP + row * height]
    const rect = `<rect class="f-${colour}" fill-opacity="${PALE_SHADES[levelOf(value)]}" x="${short(x + 0.5)}" y="${short(y + 0.5)}" width="${short(width - 1)}" height="${short(height - 1)}"/>`
    return width < LEAST_SIDE
      ? rect
      : rect + textAt(x + width / 2, y + height / 2 + 4, brief(value), 'cell', 'middle')
  })
  const hasBatches = heads.some(({ batch }) => batch !== undefined)
  const heading = hasBatches
    ? batchMarks(Math.ceil(columns / perBatch), perBatch * width, rows * height)
    : headMarks(columns, width)
  const step = Math.max(1, Math.ceil(13 / height))
  const side = Array.from({ length: Math.ceil(rows / step) }, (_, i) =>
    textAt(LEFT - 6, TOP + i * step * height + height / 2 + 4, count(i * step), 'tick', 'end'),
  )
  const label = textAt(
    LEFT + SIZE / 2,
    TOP + rows * height + 16,
    axisText(hasBatches ? perBatch : undefined, rows),
    'lab',
    'middle',
  )
  const bounds = PALE_SHADES.map((_, i) => share(least + ((most - least) * i) / 5))
  return {
    name,
    title: `${what}: ${share(least)} to ${share(most)}, median ${share(medianOf(values))}`,
    width: PANEL_WIDTH,
    height: TOP + rows * height + 22,
    body: [...heading, ...side, ...cells, label].join(''),
    note: ['Shades: ', { shades: PALE_SHADES, colour }, ` from ${bounds.join(', ')}.`],
  }
}

/** The number of every head, or of every second ... of many. */
function headMarks(columns: number, width: number): string[] {
  const every = Math.max(1, Math.ceil(columns / 12))
  return Array.from({ length: Math.ceil(columns / every) }, (_, i) =>
    textAt(LEFT + (i * every + 0.5) * width, TOP - 5, count(i * every), 'tick', 'middle'),
  )
}

/** The name of every batch above its heads, and a line between it and the next. */
function batchMarks(batches: number, width: number, height: number): string[] {
  const every = Math.max(1, Math.ceil(batches / 12))
  return Array.from({ length: Math.ceil(batches / every) }, (_, i) => {
    const x = LEFT + i * every * width
    const line = i === 0 ? '' : `<path class="axis" d="M${short(x)} ${TOP - 4}V${short(TOP + height)}"/>`
    return line + textAt(x + width / 2, TOP - 5, `b${count(i * every)}`, 'tick', 'middle')
  })
}

/** `perBatch`: heads of a batch, where there are batches. */
function axisText(perBatch: number | undefined, rows: number): string {
  const across =
    perBatch === undefined
      ? 'head'
      : `batch b, in it ${perBatch === 1 ? 'head 0' : `heads 0 to ${count(perBatch - 1)}`}`
  return rows > 1 ? `across: ${across}; down: layer` : across
}

/** Two digits behind the point: a cell has no room for more. */
function brief(value: number): string {
  return value >= 0.995 ? value.toFixed(1) : value.toFixed(2).replace(/^0/, '')
}
