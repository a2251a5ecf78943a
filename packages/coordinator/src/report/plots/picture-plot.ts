import type { Figure } from '../draw/figure.ts'
import { count, counted, short } from '../draw/numbers.ts'
import { PANEL_WIDTH } from '../draw/panel.ts'
import type { Layout } from '../facts/layout.ts'

const SIZE = 340
/** The picture once in a page, however many heads are laid over it. */
export const PICTURE_ID = 'picture'

/** The keys of largest leverage and those that softmax attends to most, over the grid, and over the picture where there is one. */
export function picturePlot(
  { height, width, prefix }: Extract<Layout, { kind: 'grid' }>,
  chosen: ArrayLike<number>,
  attended: ArrayLike<number>,
  hasPicture: boolean,
): Figure {
  const side = SIZE / width
  const tall = height * side
  const cellsOf = (keys: ArrayLike<number>) =>
    Array.from(keys).flatMap((key) =>
      key < prefix
        ? []
        : [{ x: 10 + ((key - prefix) % width) * side, y: 2 + Math.floor((key - prefix) / width) * side }],
    )
  const picture = hasPicture
    ? `<use href="#${PICTURE_ID}" x="10" y="2" width="${SIZE}" height="${short(tall)}"/><rect class="veil" x="10" y="2" width="${SIZE}" height="${short(tall)}"/>`
    : ''
  const inset = Math.min(0.8, side / 8)
  const squares = cellsOf(chosen).map(
    ({ x, y }) =>
      `<rect class="mark-leverage" x="${short(x + inset)}" y="${short(y + inset)}" width="${short(side - 2 * inset)}" height="${short(side - 2 * inset)}"/>`,
  )
  const radius = Math.max(2.2, Math.min(5, side * 0.3))
  const dots = cellsOf(attended).map(
    ({ x, y }) =>
      `<circle class="mark-fixed" cx="${short(x + side / 2)}" cy="${short(y + side / 2)}" r="${short(radius)}"/>`,
  )
  const frame = `<rect class="frame" x="10" y="2" width="${SIZE}" height="${short(tall)}"/>`
  const inFront = [...Array.from(chosen), ...Array.from(attended)].filter((key) => key < prefix)
  const undrawn = new Set(inFront).size
  const other = new Set(Array.from(attended))
  const same = Array.from(chosen).filter((key) => other.has(key)).length
  return {
    name: 'picture',
    title: `The ${count(chosen.length)} keys of largest leverage and the ${count(attended.length)} most attended share ${same === 0 ? 'none' : count(same)}`,
    width: PANEL_WIDTH,
    height: tall + 6,
    body: picture + frame + squares.join('') + dots.join(''),
    note: [
      { mark: 'square' },
      ' square: largest leverage; ',
      { mark: 'dot' },
      ' dot: most attended (softmax, all judged queries).',
      ...(undrawn > 0
        ? [` ${counted(undrawn, 'key')} in front of the grid ${undrawn === 1 ? 'is' : 'are'} not drawn.`]
        : []),
    ],
  }
}

/** What `PICTURE_ID` is, to stand in front of the figures: cut from its middle to the shape of the grid. */
export function pictureSymbol(address: string, { height, width }: Extract<Layout, { kind: 'grid' }>): string {
  return (
    `<symbol id="${PICTURE_ID}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">` +
    `<image href="${address}" width="${width}" height="${height}" preserveAspectRatio="xMidYMid slice"/></symbol>`
  )
}
