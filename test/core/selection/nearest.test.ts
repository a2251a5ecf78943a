// Catches: a nearest centre, or a norm, that rounding decides otherwise than its definition: ties, points far from the origin,
// entries in another order. Cannot catch: an overflow (the entries are scaled before).
import { exactDot, NearestCentre, roundedSquare, scalarKernels } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const kernels = scalarKernels()

test('the nearest centre is that of the squared distances, ties to the lower', () => {
  const entry = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -1, max: 1, noNaN: true }))
  const matrix = (dim: number, rows: number) =>
    fc.array(fc.array(entry, { minLength: dim, maxLength: dim }), { minLength: 1, maxLength: rows })
  const given = fc.integer({ min: 1, max: 6 }).chain((dim) => fc.tuple(matrix(dim, 300), matrix(dim, 9)))
  fc.assert(
    fc.property(given, fc.constantFrom(0, 1, 1e6, 1e12), ([points, centres], offset) => {
      const dim = points[0].length
      const [x, c] = [points, centres].map((rows) =>
        Float64Array.from(rows.flat(), (value) => value + offset),
      )
      const owners = new Uint32Array(points.length)
      const mark = kernels.mark()
      const rows = kernels.f64(x.length)
      rows.set(x)
      new NearestCentre(kernels, c, dim).find(owners, rows, points.length)
      kernels.release(mark)
      const wanted = points.map((_, r) => {
        const distances = centres.map((_row, i) => {
          let sum = 0
          for (let a = 0; a < dim; a++) sum += (x[r * dim + a] - c[i * dim + a]) ** 2
          return sum
        })
        return distances.indexOf(Math.min(...distances))
      })
      expect([...owners]).toEqual(wanted)
    }),
    { numRuns: 300 },
  )
})

test('a square is rounded once', () => {
  const anyNumber = fc.oneof(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
    fc.integer({ min: -30, max: 30 }).map((exponent) => 2 ** exponent),
  )
  fc.assert(
    fc.property(fc.array(anyNumber, { minLength: 1, maxLength: 70 }), (numbers) => {
      const row = Float64Array.from(numbers, (x) => (Math.abs(x) < 1e-100 ? 0 : x))
      const exact = exactDot(row, 0, row, 0, row.length)
      expect(roundedSquare(row, 0, row.length)).toBe(exact)
      expect(roundedSquare(row.toReversed(), 0, row.length)).toBe(exact)
      const single = Float32Array.of(7, ...row)
      expect(roundedSquare(single, 1, row.length)).toBe(
        roundedSquare(Float64Array.from(single), 1, row.length),
      )
    }),
    { numRuns: 2000 },
  )
  // 2^54 + 1 + 1 is the middle of two numbers but for its last term.
  expect(roundedSquare(Float64Array.of(2 ** 27, 1, 1, 2 ** -40), 0, 4)).toBe(2 ** 54 + 4)
})
