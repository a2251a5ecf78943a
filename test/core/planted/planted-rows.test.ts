/**
 * Catches: rows that depend on how they are cut, on other rows or on hidden state; keys and queries of another model than
 * the second implementation in make_planted_golden.py writes down; leverage outside what is planted. Cannot catch: an
 * error of the model itself that both share.
 */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isLevError, plantedKeys, plantedModel, plantedQueries } from '@levattention/core/internal'
import { leverageOracle } from '../../support/oracle.ts'

interface Golden {
  readonly seed: number
  readonly rowCount: number
  readonly dim: number
  readonly queryCount: number
  readonly plantedCount: number
  readonly plantedIds: readonly number[]
  readonly keys: Readonly<Record<string, readonly number[]>>
  readonly queries: Readonly<Record<string, readonly number[]>>
  readonly highIndex: { readonly index: number; readonly normals: readonly number[] }
}

const golden = JSON.parse(readFileSync(new URL('planted-golden.json', import.meta.url), 'utf8')) as Golden

function expectRow(row: ArrayLike<number>, wanted: readonly number[]): void {
  expect(row).toHaveLength(wanted.length)
  wanted.forEach((value, a) => expect(Math.abs(row[a] - value)).toBeLessThan(1e-6 * (1 + Math.abs(value))))
}

describe('the planted model', () => {
  test('is the one that the golden file writes down', () => {
    const model = plantedModel(golden)
    expect([...model.plantedIds]).toEqual(golden.plantedIds)
    for (const [id, wanted] of Object.entries(golden.keys)) {
      expectRow(plantedKeys(model, { rowStart: Number(id), rowEnd: Number(id) + 1 }), wanted)
    }
    for (const [id, wanted] of Object.entries(golden.queries)) {
      expectRow(plantedQueries(model, { rowStart: Number(id), rowEnd: Number(id) + 1 }), wanted)
    }
  })

  test('reaches rows beyond 2^32', () => {
    const { index, normals } = golden.highIndex
    const model = plantedModel({ ...golden, rowCount: 2 ** 40, plantedCount: 0 })
    expectRow(plantedKeys(model, { rowStart: index, rowEnd: index + 1 }), normals)
  })

  test('rows do not depend on the range that they are made in', () => {
    const cuts = fc.record({
      n: fc.integer({ min: 1, max: 60 }),
      d: fc.integer({ min: 1, max: 9 }),
      cut: fc.nat(60),
    })
    fc.assert(
      fc.property(cuts, ({ n, d, cut }) => {
        const model = plantedModel({ rowCount: n, dim: d, queryCount: n, plantedCount: Math.min(5, n) })
        const middle = Math.min(cut, n)
        for (const make of [plantedKeys, plantedQueries]) {
          const whole = make(model, { rowStart: 0, rowEnd: n })
          const parts = [
            make(model, { rowStart: 0, rowEnd: middle }),
            make(model, { rowStart: middle, rowEnd: n }),
          ]
          expect([...parts[0], ...parts[1]]).toEqual([...whole])
        }
      }),
    )
  })

  test('planted keys have a leverage of about .01 to .1, the others nearly none', () => {
    const [n, d] = [2000, 4]
    const model = plantedModel({ rowCount: n, dim: d, queryCount: 0, plantedCount: 8 })
    const data = Float64Array.from(plantedKeys(model, { rowStart: 0, rowEnd: n }))
    const { leverage } = leverageOracle({ rows: n, cols: d, data })
    const planted = new Set(model.plantedIds)
    // |k|² of a Gaussian row varies about d: the leverage of both kinds varies with it.
    const of = (wanted: boolean) => leverage.filter((_, row) => planted.has(row) === wanted)
    expect(Math.max(...of(false))).toBeLessThan(0.012)
    expect(Math.max(...of(true))).toBeGreaterThan(0.04)
    expect(Math.max(...of(true))).toBeLessThan(0.3)
  })

  test('the first half of the queries point near planted keys, the second half nowhere', () => {
    const [n, d, m] = [3000, 64, 400]
    const model = plantedModel({ rowCount: n, dim: d, queryCount: m, plantedCount: 20 })
    const keys = plantedKeys(model, { rowStart: 0, rowEnd: n })
    const queries = plantedQueries(model, { rowStart: 0, rowEnd: m })
    const nearest = (q: number) =>
      Math.max(...Array.from(model.plantedIds, (id) => cosine(queries, q * d, keys, id * d, d)))
    const near = Array.from({ length: m }, (_, q) => nearest(q) > 0.5)
    expect(near.slice(0, m / 2).every(Boolean)).toBe(true)
    expect(near.slice(m / 2).some(Boolean)).toBe(false)
  })

  test('seeds give other ids, keys and queries; n = 0, m = 0 and no planted key are defined', () => {
    const shape = { rowCount: 50, dim: 3, queryCount: 4, plantedCount: 5 }
    const all = { rowStart: 0, rowEnd: 4 }
    const [one, two] = [plantedModel({ ...shape, seed: 1 }), plantedModel({ ...shape, seed: 2 })]
    expect([...one.plantedIds]).not.toEqual([...two.plantedIds])
    expect([...plantedKeys(one, all)]).not.toEqual([...plantedKeys(two, all)])
    const empty = plantedModel({ rowCount: 0, dim: 3, queryCount: 4 })
    expect(empty.plantedCount).toBe(0)
    expect(plantedKeys(empty, { rowStart: 0, rowEnd: 0 })).toHaveLength(0)
    expect(plantedQueries(empty, all).every(Number.isFinite)).toBe(true)
  })

  test.each([
    ['n', { rowCount: -1 }],
    ['d', { dim: 0 }],
    ['d', { dim: 4097 }],
    ['m', { queryCount: 1.5 }],
    ['planted', { plantedCount: 51 }],
    ['seed', { seed: -3 }],
  ])('refuses a bad --%s', (option, change) => {
    const shape = { rowCount: 50, dim: 3, queryCount: 4, plantedCount: 5, ...change }
    expect(() => plantedModel(shape)).toThrow(
      expect.toSatisfy((error) => isLevError(error, 'Option') && error.place.option === option),
    )
  })
})

function cosine(q: Float32Array, qStart: number, k: Float32Array, kStart: number, dim: number): number {
  let [dot, qq, kk] = [0, 0, 0]
  for (let a = 0; a < dim; a++) {
    dot += q[qStart + a] * k[kStart + a]
    qq += q[qStart + a] ** 2
    kk += k[kStart + a] ** 2
  }
  return dot / Math.sqrt(qq * kk)
}
