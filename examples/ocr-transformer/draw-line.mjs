// @ts-check
// A text line as pixels: strokes of round pens, the same numbers on every machine.
import { GLYPHS } from './glyphs.mjs'

/** @typedef {import('./glyphs.mjs').Point} Point */
/** @typedef {{ readonly pixels: Float32Array, readonly height: number, readonly width: number }} Picture */

/** What the model takes: rows of pixels; a column of tokens is 8 pixels wide. */
export const HEIGHT = 48
const TOKEN_WIDTH = 8
const MARGIN = 10
const GAP = 1.5

/**
 * How a line is drawn. Lengths in pixels; `slant` in pixels to the right a pixel upwards; `noise`: the standard deviation, of black
 * to white = 1.
 * @typedef {object} Pen
 * @property {number} unit a sixth of a capital's height
 * @property {number} thickness
 * @property {number} slant
 * @property {number} noise
 * @property {number} seed of the noise
 */

/**
 * Black 0 on white 1: pixels [height, width], row-major. Throws for characters that have no glyph.
 * @param {string} text
 * @param {Pen} pen
 * @returns {Picture}
 */
export function drawLine(text, pen) {
  const { strokes, length } = strokesOf(text, pen)
  const width = Math.ceil((length + 2 * MARGIN) / TOKEN_WIDTH) * TOKEN_WIDTH
  const pixels = new Float32Array(HEIGHT * width).fill(1)
  for (const stroke of strokes)
    for (let i = 1; i < stroke.length; i++)
      inkSegment({ pixels, height: HEIGHT, width }, stroke[i - 1], stroke[i], pen)
  addNoise(pixels, pen)
  return { pixels, height: HEIGHT, width }
}

/**
 * Strokes in pixels, and how far they go to the right.
 * @param {string} text
 * @param {Pen} pen
 */
function strokesOf(text, { unit, slant }) {
  const top = (HEIGHT - 6 * unit) / 2
  /** @type {Point[][]} */
  const strokes = []
  let x = MARGIN
  for (const character of text) {
    const glyph = GLYPHS[character]
    if (glyph === undefined)
      throw new Error(
        `no glyph for ${JSON.stringify(character)}; glyphs.mjs has ${Object.keys(GLYPHS).join('')}`,
      )
    const start = x
    for (const stroke of glyph.strokes)
      strokes.push(stroke.map(([a, b]) => [start + (a + (6 - b) * slant) * unit, top + b * unit]))
    x += (glyph.width + GAP) * unit
  }
  return { strokes, length: x - MARGIN + 6 * slant * unit }
}

/**
 * Darkens the pixels near a segment; the edge is one pixel wide.
 * @param {Picture} picture
 * @param {Point} from
 * @param {Point} to
 * @param {Pen} pen
 */
function inkSegment({ pixels, height, width }, from, to, { thickness }) {
  const reach = thickness / 2 + 1
  const [left, right] = [Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach]
  const [top, bottom] = [Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach]
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++)
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      const away = distance([x + 0.5, y + 0.5], from, to)
      const light = Math.min(1, Math.max(0, away - thickness / 2 + 0.5))
      pixels[y * width + x] = Math.min(pixels[y * width + x], light)
    }
}

/**
 * From a point to the segment between two others.
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 */
function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay]
  const squared = dx * dx + dy * dy
  const along = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / squared))
  return Math.hypot(x - ax - along * dx, y - ay - along * dy)
}

/**
 * The sum of twelve uniform numbers less 6 is near a normal one.
 * @param {Float32Array} pixels
 * @param {Pen} pen
 */
function addNoise(pixels, { noise, seed }) {
  if (noise === 0) return
  let state = seed >>> 0
  const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  for (let i = 0; i < pixels.length; i++) {
    let sum = -6
    for (let k = 0; k < 12; k++) sum += uniform()
    pixels[i] = Math.min(1, Math.max(0, pixels[i] + noise * sum))
  }
}
