// @ts-check
// Capitals and digits as strokes, drawn for this example: no font is loaded. A glyph is as wide as it says and stands between
// y = 0 (top) and y = 6 (the line it stands on).

/**
 * @typedef {readonly [x: number, y: number]} Point
 * @typedef {readonly Point[]} Stroke a line through its points
 * @typedef {{ readonly width: number, readonly strokes: readonly Stroke[] }} Glyph
 */

/**
 * An arc of an ellipse, in eighths of a turn from the right, clockwise as the page is seen.
 * @param {Point} centre
 * @param {Point} radii
 * @param {number} from
 * @param {number} to
 * @returns {Point[]}
 */
function arc([x, y], [rx, ry], from, to) {
  const steps = Math.ceil(Math.abs(to - from) * 3)
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 4
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)]
  })
}

/**
 * Points written 'x,y x,y'.
 * @param {string} text
 * @returns {Point[]}
 */
function line(text) {
  return text.split(' ').map((pair) => {
    const [x, y] = pair.split(',').map(Number)
    return [x, y]
  })
}

/**
 * @param {number} width
 * @param {...(string | readonly Point[])} strokes
 * @returns {Glyph}
 */
function glyph(width, ...strokes) {
  return { width, strokes: strokes.map((given) => (typeof given === 'string' ? line(given) : given)) }
}

const bowl = (/** @type {number} */ top, /** @type {number} */ bottom, /** @type {number} */ right) => [
  ...line(`0,${top}`),
  ...arc([right - 1.5, (top + bottom) / 2], [1.5, (bottom - top) / 2], -2, 2),
  ...line(`0,${bottom}`),
]

/** @type {Readonly<Record<string, Glyph>>} */
export const GLYPHS = {
  ' ': glyph(2),
  '.': glyph(0.3, '0,5.8 0.2,5.8'),
  '-': glyph(2, '0,3.4 2,3.4'),
  A: glyph(4, '0,6 2,0 4,6', '0.7,4 3.3,4'),
  B: glyph(3.6, '0,0 0,6', bowl(0, 2.8, 3.3), bowl(2.8, 6, 3.6)),
  C: glyph(3.8, arc([2.2, 3], [2.2, 3], -1.1, -6.9)),
  D: glyph(4, '0,0 0,6', [...line('0,0'), ...arc([1.6, 3], [2.4, 3], -2, 2), ...line('0,6')]),
  E: glyph(3.2, '3.2,0 0,0 0,6 3.2,6', '0,2.9 2.8,2.9'),
  F: glyph(3.2, '3.2,0 0,0 0,6', '0,2.9 2.8,2.9'),
  G: glyph(4.1, [...arc([2.2, 3], [2.2, 3], -1.1, -6.9), ...line('4.1,3.4 2.4,3.4')]),
  H: glyph(3.8, '0,0 0,6', '3.8,0 3.8,6', '0,2.9 3.8,2.9'),
  I: glyph(0.2, '0.1,0 0.1,6'),
  J: glyph(2.6, [...line('2.6,0 2.6,4.4'), ...arc([1.3, 4.4], [1.3, 1.6], 0, 3.6)]),
  K: glyph(3.6, '0,0 0,6', '3.5,0 0,3.6', '1.3,2.4 3.6,6'),
  L: glyph(3, '0,0 0,6 3,6'),
  M: glyph(4.6, '0,6 0,0 2.3,4.6 4.6,0 4.6,6'),
  N: glyph(3.8, '0,6 0,0 3.8,6 3.8,0'),
  O: glyph(4.4, arc([2.2, 3], [2.2, 3], 0, 8)),
  P: glyph(3.5, '0,0 0,6', bowl(0, 3.2, 3.5)),
  Q: glyph(4.4, arc([2.2, 3], [2.2, 3], 0, 8), '2.6,4.4 4.4,6.4'),
  R: glyph(3.6, '0,0 0,6', bowl(0, 3, 3.5), '1.9,3 3.6,6'),
  S: glyph(3.4, [...arc([1.7, 1.5], [1.6, 1.5], -0.8, -6), ...arc([1.7, 4.45], [1.7, 1.45], -2, 3.3)]),
  T: glyph(4, '0,0 4,0', '2,0 2,6'),
  U: glyph(3.8, [...line('0,0 0,4.1'), ...arc([1.9, 4.1], [1.9, 1.9], 4, 0), ...line('3.8,0')]),
  V: glyph(4, '0,0 2,6 4,0'),
  W: glyph(5.6, '0,0 1.4,6 2.8,1 4.2,6 5.6,0'),
  X: glyph(3.8, '0,0 3.8,6', '3.8,0 0,6'),
  Y: glyph(4, '0,0 2,3 4,0', '2,3 2,6'),
  Z: glyph(3.6, '0,0 3.6,0 0,6 3.6,6'),
  0: glyph(3.2, arc([1.6, 3], [1.6, 3], 0, 8)),
  1: glyph(1.4, '0,1.2 1.3,0 1.3,6'),
  2: glyph(3.2, [...arc([1.6, 1.6], [1.55, 1.6], -4.2, 0.9), ...line('0,6 3.2,6')]),
  3: glyph(3.2, [...arc([1.5, 1.45], [1.45, 1.45], -3.5, 2), ...arc([1.5, 4.45], [1.65, 1.55], -2, 3.6)]),
  4: glyph(3.4, '2.6,6 2.6,0 0,4.2 3.4,4.2'),
  5: glyph(3.2, [...line('2.9,0 0.5,0 0.3,2.7'), ...arc([1.5, 4.1], [1.7, 1.9], -3.1, 3.4)]),
  6: glyph(3.2, arc([1.6, 4.2], [1.6, 1.8], 0, 8), [...line('2.6,0'), ...line('1.3,1.8 0.2,3.6')]),
  7: glyph(3.2, '0,0 3.2,0 1.1,6'),
  8: glyph(3.2, arc([1.6, 1.45], [1.4, 1.45], 0, 8), arc([1.6, 4.45], [1.6, 1.55], 0, 8)),
  9: glyph(3.2, arc([1.6, 1.8], [1.6, 1.8], 0, 8), [...line('3,2.4 1.9,4.2 0.6,6')]),
}
