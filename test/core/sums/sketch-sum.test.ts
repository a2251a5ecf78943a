// Catches: parts that do not add up to the whole, a draw that depends on the cut or on earlier rows, places or signs that
// are not uniform, sums of different sketches that are added all the same. Cannot catch: a generator with deeper faults.
import { matrix, scalarKernels, sketchRows, type SketchTerms } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const kernels = scalarKernels()
const terms: SketchTerms = { seed: 3, count: 5, rows: 16, distortion: 1 }

function integers(rows: number, cols: number, scale = 1): Float64Array {
  const random = new Random(5)
  return Float64Array.from({ length: rows * cols }, () => scale * (random.below(19) - 9))
}

function sketchOf(data: Float32Array | Float64Array, cols: number, rowOffset = 0, of = terms) {
  const source = matrix(data, { rows: data.length / cols, cols })
  return sketchRows({ source, range: { rowStart: 0, rowEnd: source.rows }, kernels }, of, rowOffset)
}

/** The tables in the columns' own units. */
function plainTables({ sketch }: ReturnType<typeof sketchOf>): number[] {
  return Array.from(sketch.tables, (value, i) => value * 2 ** sketch.exponents[i % sketch.dim])
}

test.each([
  ['f32', Float32Array.from(integers(900, 3))],
  ['f64', integers(900, 3)],
  // The second part is larger: the first one's columns are rescaled.
  ['f64 of growing size', integers(900, 3).map((x, i) => (i < 1200 ? x : 1024 * x))],
])('%s: the sketch of all rows is the sum of its parts’, each with its own row ids', (_, data) => {
  const whole = sketchOf(data, 3)
  const first = sketchOf(data.subarray(0, 1200), 3)
  const second = sketchOf(data.subarray(1200), 3, 400)
  const merged = first.sketch.clone().merge(second.sketch)
  expect(plainTables({ sketch: merged, gram: whole.gram })).toEqual(plainTables(whole))
  expect(first.gram.clone().merge(second.gram).gram).toEqual(whole.gram.gram)
  // Without its row ids the second part is another sketch.
  const misplaced = first.sketch.clone().merge(sketchOf(data.subarray(1200), 3).sketch)
  expect(plainTables({ sketch: misplaced, gram: whole.gram })).not.toEqual(plainTables(whole))
})

test('a sketch of no rows is the identity', () => {
  const some = sketchOf(integers(10, 2), 2).sketch
  const none = sketchOf(new Float64Array(0), 2).sketch
  expect(none.clone().merge(some)).toMatchObject({ tables: some.tables, exponents: some.exponents })
  expect(some.clone().merge(none)).toMatchObject({ tables: some.tables, exponents: some.exponents })
})

test('every row goes to one place of each sketch, with places and signs uniform and independent of one another', () => {
  const count = 3200
  const cells = new Float64Array(terms.count * 2 * terms.rows)
  let misplaced = 0
  const pairs = new Float64Array(4 * 4) // top two bits of the place in sketches 0 and 4
  for (let row = 0; row < count; row++) {
    const { tables } = sketchOf(Float32Array.of(1), 1, row).sketch
    const places = Array.from({ length: terms.count }, (_, i) => {
      const table = Array.from(tables.subarray(i * terms.rows, (i + 1) * terms.rows))
      const place = table.findIndex((value) => value !== 0)
      if (Math.abs(table[place]) !== 1 || table.lastIndexOf(table[place]) !== place) misplaced++
      cells[(i * 2 + (table[place] > 0 ? 0 : 1)) * terms.rows + place]++
      return place
    })
    pairs[(places[0] >> 2) * 4 + (places[4] >> 2)]++
  }
  expect(misplaced).toBe(0)
  const chiSquare = (counts: Float64Array, expected: number) =>
    counts.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)
  // 99.9999 % quantiles of chi-square with 5 * 31 and 15 degrees of freedom.
  expect(chiSquare(cells, count / 32)).toBeLessThan(251)
  expect(chiSquare(pairs, count / 16)).toBeLessThan(56)
})

test('a NaN is an error that names its place', () => {
  expect(() => sketchOf(Float32Array.of(1, 2, 3, NaN), 2)).toThrow(/row 1, column 1 is NaN/)
  expect(() => sketchOf(Float64Array.of(1, Infinity), 2)).toThrow(/row 0, column 1 is Infinity/)
})

test.each([
  ['seed', { ...terms, seed: 4 }],
  ['rows', { ...terms, rows: 32 }],
  ['distortion', { ...terms, distortion: 0.5 }],
])('sketches of different %s are not added', (name, other) => {
  const data = integers(4, 2)
  expect(() => sketchOf(data, 2).sketch.merge(sketchOf(data, 2, 4, other).sketch)).toThrow(
    expect.objectContaining({ tag: 'IncompatibleSummary', message: expect.stringContaining(name) }),
  )
})
