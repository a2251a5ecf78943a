import { short } from '../draw/numbers.ts'
import { SHADES, type Colour } from '../draw/palette.ts'
import type { NotePart } from '../draw/figure.ts'
import { plain } from '../draw/numbers.ts'

/** How far cells of values are drawn, and how large. */
export interface CellPlace {
  readonly columns: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly gap: number
}

/** 0 to 4 by how many times epsilon a value is, doubling; -1 below it. */
export function shadeOf(value: number, epsilon: number): number {
  if (value < epsilon * (1 - 1e-12)) return -1
  return Math.min(4, Math.floor(Math.log2(value / epsilon) + 1e-9))
}

/** 0 to 4 by how many pairs a key has: 1, 3, 8, 23, 64; -1 of none. */
export function levelOfPairs(pairs: number): number {
  return pairs === 0 ? -1 : Math.min(4, Math.floor(Math.log2(pairs) / 1.5))
}

/** Cells in five shades of `colour`; `levels`: -1 is left blank. */
export function shadedCells(
  levels: ArrayLike<number>,
  { columns, x, y, width, height, gap }: CellPlace,
  colour: Colour,
): string {
  const [w, h] = [short(width - 2 * gap), short(height - 2 * gap)]
  return SHADES.map((shade, level) => {
    let d = ''
    for (let cell = 0; cell < levels.length; cell++) {
      if (levels[cell] !== level) continue
      const [left, top] = [x + (cell % columns) * width + gap, y + Math.floor(cell / columns) * height + gap]
      d += `M${short(left)} ${short(top)}h${w}v${h}h-${w}z`
    }
    return d === '' ? '' : `<path class="f-${colour}" fill-opacity="${shade}" d="${d}"/>`
  }).join('')
}

/** What the shades of scores mean. */
export function scoreLegend(epsilon: number, word: 'score' | 'bound'): NotePart[] {
  const from = [1, 2, 4, 8, 16].filter((times) => times * epsilon < 1).map((times) => plain(times * epsilon))
  const shades = SHADES.slice(0, from.length)
  return [
    word === 'score' ? 'Score: ' : 'Bound of the score: ',
    { shades, colour: 'leverage' },
    ` from ${from.join(', ')}. Blank: below epsilon.`,
  ]
}
