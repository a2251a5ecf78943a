// Catches: a dependence of columns that is missed where it has simple fractions, one that is made up, one that is off by a column. Cannot
// catch: what exact arithmetic on the rows says of it afterwards (test/core/passes/relations.test.ts).
import { columnRelations } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

function gramOf(rows: readonly (readonly number[])[]): Float64Array {
  const dim = rows[0].length
  const gram = new Float64Array(dim * dim)
  for (const row of rows) row.forEach((x, a) => row.forEach((y, b) => (gram[a * dim + b] += x * y)))
  return gram
}

function relationsOf(rows: readonly (readonly number[])[]) {
  const dim = rows[0].length
  const found = columnRelations(gramOf(rows), dim)
  if (!found) return undefined
  const count = found.relations.length / dim
  return {
    kept: found.kept,
    relations: Array.from({ length: count }, (_, r) => [...found.relations.subarray(r * dim, (r + 1) * dim)]),
  }
}

const random = new Random(2)
const normal = () => random.normal()
const factor = Array.from({ length: 50 }, (_, i) => [0, 1, 2, 3].map((level) => Number(i % 4 === level)))

test('columns that stand apart have none', () => {
  expect(relationsOf(Array.from({ length: 30 }, () => [normal(), normal(), 1e-4 * normal()]))).toBeUndefined()
})

test.each<[string, (i: number) => number[], rank: number]>([
  ['an intercept beside all columns of a factor', (i) => [1, ...factor[i]], 4],
  ['a column twice, at other scales', (i) => [factor[i][0] + i, 1e6 * (factor[i][0] + i), normal()], 2],
  ['fractions', (i) => [2 * i, 3 * i * i, i + (i * i) / 8, normal()], 3],
  ['a column of zeros', () => [normal(), 0, normal()], 2],
  ['several at once', (i) => [1, ...factor[i], i, 2 * i, i + 1], 5],
])('%s: they hold, one for each column that is left out', (_, rowOf, rank) => {
  const rows = Array.from({ length: 50 }, (_row, i) => rowOf(i))
  const found = relationsOf(rows)
  expect(found?.kept).toHaveLength(rank)
  expect(found?.relations).toHaveLength(rows[0].length - rank)
  for (const relation of found?.relations ?? []) {
    expect(relation.some((multiple) => multiple !== 0)).toBe(true)
    for (const row of rows) {
      const sum = row.reduce((total, x, a) => total + relation[a] * x, 0)
      expect(Math.abs(sum)).toBeLessThan(1e-7)
    }
  }
})

test('a column that is no simple combination of others leaves all as they are', () => {
  const rows = Array.from({ length: 40 }, () => {
    const [x, y] = [normal(), normal()]
    return [x, y, Math.PI * x + Math.E * y]
  })
  expect(relationsOf(rows)).toBeUndefined()
})
