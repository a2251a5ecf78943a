// @ts-check
// The lines that are read: sixteen texts, each by three pens.
import { drawLine } from './draw-line.mjs'

const TEXTS = [
  'ATTENTION OVER SELECTED KEYS',
  'THE QUICK BROWN FOX JUMPS',
  'PAPER 27 WAS READ IN 1984',
  'GRAPHIC VEX ZINC QUOTA',
  'LINE 3 OF PAGE 65',
  'FEW KEYS HOLD MOST WEIGHT',
  'MIXED SIGNALS - NO REPLY',
  'SEVEN TRAINS LEFT AT 9.42',
  'WINDOW SEATS ARE BEST',
  'DRY HILLS AND WET VALLEYS',
  'JUST A MINUTE PLEASE',
  'KETTLE 12 CUP 78 SPOON 3',
  'BY THE RIVER AT NIGHT',
  'FIVE HUNDRED ROWS OF DATA',
  'UNDER THE OLD MAPLE TREE',
  'COPY NUMBER 465 OF 1987',
]

/** Plain, slanted and thin, small and thick; noise grows. */
const PENS = [
  { unit: 5, thickness: 3, slant: 0, noise: 0.1 },
  { unit: 4.6, thickness: 2, slant: 0.2, noise: 0.25 },
  { unit: 3.4, thickness: 3.4, slant: -0.1, noise: 0.4 },
]

/** @param {number} [count] of the texts */
export function linesToRead(count = TEXTS.length) {
  return TEXTS.slice(0, count).flatMap((text, t) =>
    PENS.map((pen, p) => ({ text, picture: drawLine(text, { ...pen, seed: t * PENS.length + p }) })),
  )
}
