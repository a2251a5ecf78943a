import type { NotePart } from '../draw/figure.ts'
import { counted, plain, share, short } from '../draw/numbers.ts'
import { SHADES, type Colour } from '../draw/palette.ts'

/** How far cells of values are drawn, and how large. */
export interface CellPlace {
  readonly columns: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly gap: number
}

/** Shades of values from epsilon on, the strongest that of the largest: the darkest in the light theme, the brightest in the dark one. */
export interface ShadeScale {
  /** Where each shade begins, ascending: five at most, none without values. */
  readonly from: readonly number[]
  /** 0 to 4; -1: below epsilon. */
  readonly levelOf: (value: number) => number
  /** How many values have the strongest. */
  readonly strongest: number
  readonly largest: number
}

/** Of the values: so many have each shade or a stronger one, so that the largest stand out however they lie. */
const PARTS = [1 / 2, 1 / 4, 1 / 8, 1 / 16] as const

/** Shades begin at values of two digits; one that no value would have is left out. */
export function shadeScale(values: ArrayLike<number>, epsilon: number): ShadeScale {
  const reaching = epsilon * (1 - 1e-12)
  const shown = Array.from(values)
    .filter((value) => value >= reaching)
    .sort((a, b) => b - a)
  const ends = PARTS.map((part) => downToTwoDigits(shown[Math.max(0, Math.ceil(part * shown.length) - 1)]))
  const starts = [...new Set([epsilon, ...ends.filter((end) => end > epsilon)])]
  const reach = (start: number | undefined) =>
    shown.filter((value) => start !== undefined && value >= start * (1 - 1e-12)).length
  const from = shown.length === 0 ? [] : starts.filter((start, i) => reach(start) > reach(starts[i + 1]))
  const levelOf = (value: number) =>
    value < reaching
      ? -1
      : SHADES.length - from.length + from.findLastIndex((start) => value >= start * (1 - 1e-12))
  return { from, levelOf, strongest: reach(from.at(-1)), largest: shown[0] ?? 0 }
}

function downToTwoDigits(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number((Math.floor(value / unit + 1e-9) * unit).toPrecision(2))
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

/** What the shades of scores mean; `of`: what has one, 'key' or 'cell'; `hasBlank`: whether some have none. */
export function scoreLegend(
  { from, strongest, largest }: ShadeScale,
  word: 'score' | 'bound',
  { of, hasBlank }: { readonly of: string; readonly hasBlank: boolean },
): NotePart[] {
  const most = from.length < 2 ? '' : ` (the strongest shade: ${counted(strongest, of)})`
  return [
    word === 'score' ? 'Score: ' : 'Bound of the score: ',
    { shades: SHADES.slice(SHADES.length - from.length), colour: 'leverage' },
    ` from ${from.map(plain).join(', ')}${most}; the largest is ${share(largest)}.${hasBlank ? ' Blank: below epsilon.' : ''}`,
  ]
}
