import { chosenBlocksText } from '@levattention/core/internal'
import type { Figure, NotePart } from '../draw/figure.ts'
import { count, counted, plain, share, short } from '../draw/numbers.ts'
import { SHADES, type Colour } from '../draw/palette.ts'
import { PANEL_WIDTH, textAt } from '../draw/panel.ts'
import { type Cells, cellsOf, type Layout } from '../facts/layout.ts'
import { type HeadReport, scoreWord } from '../facts/report-facts.ts'
import type { ScoreFacts } from '../facts/score-shape.ts'
import { levelOfPairs, scoreLegend, shadedCells, shadeScale } from './shade-cells.ts'

const GRID_SIZE = 340
const [PREFIX_SIDE, PREFIX_HEIGHT] = [13, 22] as const
const [LINE_LEFT, LINE_WIDTH, LINE_HEIGHT, MOST_HEIGHT] = [56, 300, 14, 320] as const

/** Where the keys of U lie: on their grid, or in their order. */
export function placePlot(
  {
    n,
    keyCount = n,
    epsilon,
    universalSize,
    kind,
    d,
  }: Pick<HeadReport, 'n' | 'keyCount' | 'epsilon' | 'universalSize' | 'kind' | 'd'>,
  scores: ScoreFacts,
  layout: Layout,
  noun: string,
): Figure {
  const cells = cellsOf(layout, n)
  const shades = shadeScale(scores.cells, epsilon)
  const levels = Array.from(scores.cells, shades.levelOf)
  const size = universalSize ?? scores.sizes.get(epsilon) ?? 0
  const word = scoreWord({ kind })
  const what = placesText(size, keyCount, noun, word)
  const merged =
    cells.tall * cells.wide > 1
      ? [` A cell shows the largest of ${count(cells.tall * cells.wide)} ${noun}s.`]
      : []
  // An empty map says no more than its title.
  if (size === 0) return { name: 'place', title: what, width: PANEL_WIDTH, height: 0, body: '' }
  // So does one that is all of one shade.
  if (size === keyCount && scores.tied === size && size > 1) {
    const title = `All ${counted(size, noun)} are in U, each with ${word} ${share(scores.largest)}: wherever they lie`
    return { name: 'place', title, width: PANEL_WIDTH, height: 0, body: '' }
  }
  const hasBlank = size < keyCount
  const of = merged.length > 0 ? 'cell' : noun
  const note = [...scoreLegend(shades, word, { of, hasBlank }), ...merged, ...stepsNote(kind, d)]
  if (layout.kind === 'grid') {
    const grid = `the ${layout.height} x ${layout.width} cells`
    const inFront = levels.slice(cells.rows * cells.columns).filter((level) => level >= 0).length
    const title =
      size === keyCount
        ? what
        : size === inFront
          ? `U holds none of ${grid}: its ${counted(size, noun)} ${size === 1 ? 'stands' : 'stand'} in front of them`
          : `${what} on ${grid}`
    return gridFigure('place', title, cells, levels, 'leverage', note)
  }
  return lineFigure(
    'place',
    `${what}${size === keyCount ? '' : ' in their order'}`,
    cells,
    levels,
    'leverage',
    n,
    note,
    noun,
  )
}

/** Causal: where the method changes what it bounds keys by, a map has steps that the keys have not. */
function stepsNote(kind: HeadReport['kind'], dim: number | undefined): string[] {
  if (kind !== 'prefix') return []
  return [
    ` Bounds come from the keys before a key’s block (of ${chosenBlocksText(dim)}): steps at the ends of blocks are the method’s, not the keys’.`,
  ]
}

function placesText(size: number, n: number, noun: string, word: string): string {
  if (size === 0) return `No ${noun} reaches epsilon, wherever it lies`
  return size === n
    ? `All ${counted(n, noun)} are in U: where ${word}s are large`
    : `Where the ${counted(size, noun)} of U ${size === 1 ? 'lies' : 'lie'}`
}

/** Which keys take epsilon of the softmax attention of some query, in their order. */
export function attendedPlot({ n, softmax, epsilon }: HeadReport, layout: Layout): Figure | undefined {
  if (!softmax || layout.kind === 'grid') return undefined
  const cells = cellsOf(layout, n)
  const counts = new Float64Array(Math.ceil(n / cells.wide))
  for (const [key, pairs] of softmax.byKey) {
    const cell = cells.cellOf(key) ?? 0
    counts[cell] = Math.max(counts[cell], pairs)
  }
  const levels = Array.from(counts, levelOfPairs)
  const keys = counted(softmax.keys, 'key')
  const title =
    softmax.keys === 0
      ? `No key takes ${plain(epsilon)} of the softmax of a query`
      : `${keys} take${softmax.keys === 1 ? 's' : ''} ${plain(epsilon)} of the softmax of some query`
  if (softmax.keys === 0) return { name: 'attended', title, width: PANEL_WIDTH, height: 0, body: '' }
  const note: NotePart[] = [
    `Queries that give the key ${plain(epsilon)} or more: `,
    { shades: SHADES, colour: 'fixed' },
    ' from 1, 3, 8, 23, 64.',
  ]
  return lineFigure('attended', title, cells, levels, 'fixed', n, note, 'key')
}

function gridFigure(
  name: string,
  title: string,
  { rows, columns, prefix }: Cells,
  levels: readonly number[],
  colour: Colour,
  note: readonly NotePart[],
): Figure {
  const side = GRID_SIZE / columns
  const inside = levels.slice(0, rows * columns)
  // Where all that there is stands in front of the grid, no square is drawn for nothing.
  const isEmpty = prefix > 0 && inside.every((level) => level < 0)
  const height = isEmpty ? 0 : rows * side
  const top = prefix === 0 ? 2 : 2 + PREFIX_HEIGHT
  const frame = `<rect class="frame" x="10" y="${top}" width="${GRID_SIZE}" height="${short(height)}"/>`
  const place = { columns, x: 10, y: top, width: side, height: side, gap: 0.4 }
  const before = prefix === 0 ? '' : prefixCells(levels.slice(rows * columns), colour)
  return {
    name,
    title,
    width: PANEL_WIDTH,
    height: height + top + 4,
    body: before + (isEmpty ? '' : frame + shadedCells(inside, place, colour)),
    note,
  }
}

/** The keys in front of the grid, which stand at no place of it, in a line above. */
function prefixCells(levels: readonly number[], colour: Colour): string {
  const frames = levels.map(
    (_, i) =>
      `<rect class="frame" x="${short(10 + i * PREFIX_SIDE)}" y="2" width="${PREFIX_SIDE}" height="${PREFIX_SIDE}"/>`,
  )
  const place = { columns: levels.length, x: 10, y: 2, width: PREFIX_SIDE, height: PREFIX_SIDE, gap: 0.4 }
  const words =
    levels.length === 1
      ? 'key 0, in front of the grid'
      : `keys 0 to ${levels.length - 1}, in front of the grid`
  return (
    frames.join('') +
    shadedCells(levels, place, colour) +
    textAt(10 + levels.length * PREFIX_SIDE + 6, 12, words, 'tick')
  )
}

function lineFigure(
  name: string,
  title: string,
  { rows, columns, wide }: Cells,
  levels: readonly number[],
  colour: Colour,
  n: number,
  note: readonly NotePart[],
  noun: string,
): Figure {
  const shown = levels.slice(0, Math.ceil(n / wide))
  const height = Math.min(LINE_HEIGHT, MOST_HEIGHT / rows)
  const width = LINE_WIDTH / columns
  const every = Math.max(1, Math.ceil(14 / height))
  const starts = Array.from({ length: Math.ceil(rows / every) }, (_, i) => i * every)
  const marks = starts.map((row) =>
    textAt(LINE_LEFT - 6, 2 + row * height + height / 2 + 4, count(row * columns * wide), 'tick', 'end'),
  )
  const frame = `<rect class="frame" x="${LINE_LEFT}" y="2" width="${LINE_WIDTH}" height="${short(rows * height)}"/>`
  const place = { columns, x: LINE_LEFT, y: 2, width, height, gap: 0.5 }
  const label = `${noun}, ${count(columns * wide)} a line`
  const below = textAt(LINE_LEFT + LINE_WIDTH / 2, rows * height + 20, label, 'lab', 'middle')
  const body = marks.join('') + frame + shadedCells(shown, place, colour) + below
  return { name, title, width: PANEL_WIDTH, height: rows * height + 26, body, note }
}
