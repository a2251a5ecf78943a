/** Keys, queries, and lies about the pairs of an honest heavy .npz of theirs. */
import type { MaskTerms } from '../../support/masked.ts'
import { expect } from 'vitest'
import { bruteForceMasked } from '../../support/masked.ts'
import { exactDot, row, type DenseMatrix } from '../../support/oracle.ts'
import { type HeavyArrays } from '../../core/pairs/crafted-heavy.ts'
import { gaussianRows } from './bin.ts'

export const [N, M, D, EPSILON] = [400, 60, 5, 0.02]
export const keys: DenseMatrix = { rows: N, cols: D, data: Float64Array.from(gaussianRows(N, D, 1, 30)) }
export const queries: DenseMatrix = { rows: M, cols: D, data: Float64Array.from(gaussianRows(M, D, 2)) }

export function queryOf({ indptr }: HeavyArrays, at: number): number {
  return Array.from(indptr).findLastIndex((start) => start <= at)
}

/** The arrays without the pair at place `at`. */
export function without(arrays: HeavyArrays, at: number): HeavyArrays {
  const cut = (values: HeavyArrays['data'] | undefined) => values && Array.from(values).toSpliced(at, 1)
  const { data, indices, dots, indptr, scoreLow, scoreHigh } = arrays
  return {
    ...arrays,
    data: cut(data) ?? [],
    indices: cut(indices) ?? [],
    dots: cut(dots) ?? [],
    scoreLow: cut(scoreLow),
    scoreHigh: cut(scoreHigh),
    indptr: Array.from(indptr, (start) => (start > at ? start - 1 : start)),
  }
}

/** The arrays and `count` pairs more, the next below epsilon, each with its right score and dot. */
export function withExtras(arrays: HeavyArrays, p: number, mask: MaskTerms, count: number): HeavyArrays {
  const here = new Set(Array.from(arrays.indices, (key, at) => `${queryOf(arrays, at)} ${key}`))
  const extras = bruteForceMasked(queries, keys, EPSILON / 20, mask, p)
    .pairs.filter(({ query, key, score }) => !here.has(`${query} ${key}`) && score < EPSILON * (1 - 1e-4))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, count)
  expect(extras).toHaveLength(count)
  const stated = Array.from(arrays.data, (score, at) => ({
    query: queryOf(arrays, at),
    key: arrays.indices[at],
    score,
    dot: arrays.dots[at],
    low: arrays.scoreLow?.[at] ?? score,
    high: arrays.scoreHigh?.[at] ?? score,
  }))
  const more = extras.map(({ query, key, score }) => ({
    query,
    key,
    score,
    dot: exactDot(row(queries, query), row(keys, key)),
    low: score * 0.9,
    high: score * 1.1,
  }))
  const all = [...stated, ...more].toSorted((a, b) => a.query - b.query || a.key - b.key)
  const hasEnds = arrays.scoreLow !== undefined
  return {
    ...arrays,
    indptr: Array.from({ length: M + 1 }, (_, i) => all.filter(({ query }) => query < i).length),
    indices: all.map(({ key }) => key),
    data: all.map(({ score }) => score),
    dots: all.map((pair) => pair.dot),
    scoreLow: hasEnds ? all.map(({ low }) => low) : undefined,
    scoreHigh: hasEnds ? all.map(({ high }) => high) : undefined,
  }
}

export function halved(values: HeavyArrays['data']): number[] {
  return Array.from(values, (value, i) => (i === 0 ? value / 2 : value))
}

/** The last key is another. */
export function moved(indices: HeavyArrays['indices']): number[] {
  const last = indices.length - 1
  return Array.from(indices, (key, i) => (i === last ? key + (key < 399 ? 1 : -1) : key))
}
