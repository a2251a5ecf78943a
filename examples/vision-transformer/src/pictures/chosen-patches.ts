import type { HeadLook, Looks } from '../evaluation/track.ts'
import { greyPng } from './png.ts'
import { picture, short, text } from './svg.ts'

/** One image, and what each head chose of it at each moment of the training. */
export interface ChosenPatches {
  readonly title: string
  /** [imageSize, imageSize] */
  readonly image: Uint8Array
  readonly imageSize: number
  readonly gridSize: number
  /** Of this image. */
  readonly moments: readonly { readonly step: number; readonly blocks: Looks[number] }[]
  readonly rule: keyof HeadLook['chosen']
}

const CELL = 52
const GAP = 4
const LEFT = 70
const TOP = 62

/** Rows: moments; columns: blocks and their heads. Chosen patches lie bright over the image; a ring marks heads that chose the class token. */
export function chosenPatches(given: ChosenPatches): string {
  const { title, moments, gridSize } = given
  const [blocks, heads] = [moments[0].blocks.length, moments[0].blocks[0].length]
  const columnX = (block: number, head: number) =>
    LEFT + block * (heads * (CELL + GAP) + 10) + head * (CELL + GAP)
  const width = columnX(blocks - 1, heads - 1) + CELL + 14
  const height = TOP + moments.length * (CELL + GAP) + 30
  const body = [
    `<defs><image id="im" width="${CELL}" height="${CELL}" style="image-rendering:pixelated" href="data:image/png;base64,${png(given)}"/></defs>`,
    text(14, 22, title, 'class="title"'),
    ...Array.from({ length: blocks }, (_, block) =>
      text(columnX(block, 0), TOP - 8, `block ${block + 1}, heads 1 to ${heads}`, 'class="quiet"'),
    ),
    ...moments.flatMap(({ step, blocks: looks }, row) => {
      const y = TOP + row * (CELL + GAP)
      return [
        text(LEFT - 8, y + CELL / 2 + 4, `step ${step}`, 'text-anchor="end"'),
        ...looks.flatMap((own, block) =>
          own.map((look, head) => cell(look.chosen[given.rule], columnX(block, head), y, gridSize)),
        ),
      ]
    }),
    text(
      14,
      height - 10,
      'Orange: the chosen keys, of 196 patches. A ring: the class token is one of them.',
      'class="quiet"',
    ),
  ]
  return picture({ width, height }, title, body.join(''))
}

function cell(ids: readonly number[], x: number, y: number, gridSize: number): string {
  const side = CELL / gridSize
  // Token 0 is the class token.
  const steps = ids
    .filter((id) => id > 0)
    .map((id) => {
      const [row, col] = [Math.floor((id - 1) / gridSize), (id - 1) % gridSize]
      return `M${short(x + col * side)} ${short(y + row * side)}h${short(side)}v${short(side)}h-${short(side)}z`
    })
  const ring = ids.includes(0)
    ? `<rect x="${x + 0.5}" y="${y + 0.5}" width="${CELL - 1}" height="${CELL - 1}" class="s1" fill="none" stroke-width="2"/>`
    : ''
  return `<use href="#im" x="${x}" y="${y}"/><path d="${steps.join('')}" fill="#ff8c1a" fill-opacity=".72"/>${ring}`
}

function png({ image, imageSize }: ChosenPatches): string {
  return greyPng(image, imageSize, imageSize).toString('base64')
}
