// Catches: a block of causal queries that is answered from a prefix which does not certify it, or that is not answered though
// it does. Cannot catch: wrong pairs (test/laws/causal).
import {
  Candidates,
  matrix,
  GramSum,
  prefixBlocks,
  CausalBlock,
  scalarKernels,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const EPSILON = 0.1

/** The search of the block that begins at the last of `rows` block starts, all keys of its prefix held. */
function lastBlock(rows: readonly (readonly number[])[], dropRidge = 0) {
  const dim = rows[0].length
  const kernels = scalarKernels()
  const source = matrix(Float64Array.from(rows.flat()), { rows: rows.length, cols: dim })
  const range = { rowStart: 0, rowEnd: rows.length }
  const block = [...prefixBlocks({ source, range, kernels }, new GramSum(dim))].at(-1)
  if (block === undefined) throw new Error('no rows')
  const held = new Candidates(dim, 'f64')
  for (let row = 0; row < block.rowStart; row++) held.push(row, 1, Float64Array.from(rows[row]))
  return { search: new CausalBlock(kernels, block, held, { epsilon: EPSILON, dropRidge }), block }
}

/** Outcomes as plain lists, and the pairs. */
function answered(found: ReturnType<CausalBlock['answer']>) {
  if (typeof found === 'number') throw new Error('not finite')
  const { pairs, uncertified, undefinedRows } = found
  return { pairs, uncertified: [...uncertified], undefinedRows: [...undefinedRows] }
}

function gaussianRows(count: number, dim: number): number[][] {
  const random = new Random(3)
  return Array.from({ length: count }, () => Array.from({ length: dim }, () => random.normal()))
}

test('an ordinary query is settled by a regular prefix', () => {
  const { search } = lastBlock(gaussianRows(400, 3))
  const { uncertified, undefinedRows } = answered(search.answer(Float64Array.of(1, 2, -1), 1, 0, true))
  expect({ uncertified, undefinedRows }).toEqual({ uncertified: [], undefinedRows: [] })
  expect(search.kept.count).toBeLessThan(60)
})

test('a query that nearly vanishes on all its keys is left to the exact pass', () => {
  const rows = Array.from({ length: 400 }, (_, j) => [1, j === 5 ? 1 + 2 ** -30 : 1])
  const { search } = lastBlock(rows)
  expect(answered(search.answer(Float64Array.of(-1, 1), 1, 0, true)).uncertified).toEqual([0])
  expect(answered(search.answer(Float64Array.of(1, 1), 1, 0, true)).uncertified).toEqual([])
})

test('a query in a direction that an earlier ridge may have hidden is left to the exact pass', () => {
  const rows = gaussianRows(400, 3)
  const query = Float64Array.of(1, 2, -1)
  expect(answered(lastBlock(rows, 1e-3).search.answer(query, 1, 0, true)).uncertified).toEqual([])
  expect(answered(lastBlock(rows, 1).search.answer(query, 1, 0, true)).uncertified).toEqual([0])
})

test('a direction that no key of the prefix has is decided by the block', () => {
  const rows = Array.from({ length: 300 }, (_, j) => (j === 290 ? [1, 1e-3] : [1, 0]))
  const { search, block } = lastBlock(rows)
  expect(block.rowStart).toBeLessThan(290)
  const at = (row: number) => answered(search.answer(Float64Array.of(0, 5), 1, row - block.rowStart, true))
  expect(at(289)).toMatchObject({ uncertified: [0] })
  expect(at(290).pairs).toMatchObject({ keyIds: Float64Array.of(290), scores: Float64Array.of(1) })
})

test('a NaN is told by its place', () => {
  const { search } = lastBlock(gaussianRows(40, 2))
  expect(search.answer(Float64Array.of(1, 2, 3, NaN), 2, 0, true)).toBe(3)
})
