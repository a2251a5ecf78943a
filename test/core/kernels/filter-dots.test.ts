// Catches: a lost pair (the one fault that loses a heavy attention), a pair far below 1, a pair twice, a pair that
// does not exist (padding with NaN), lost tails. Pairs within the float32 margin of 1 may be either; that they are
// the same for scalar and WASM is not asked.
import { gamma, UNIT_ROUNDOFF_F32 } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { scratch, SMALL_SIZES } from './values.ts'

eachKernels('dotsAtLeastOne', (kernels) => {
  function filter(queries: Float32Array, keys: Float32Array, dim: number): string[] {
    const [queryCount, keyCount] = [queries.length / dim, keys.length / dim]
    const hits = kernels.u32(2 * queryCount * keyCount)
    const hitCount = kernels.dotsAtLeastOne(hits, queries, queryCount, keys, keyCount, dim)
    return Array.from({ length: hitCount }, (_, i) => `${hits[2 * i]},${hits[2 * i + 1]}`)
  }

  function rows(values: number[]): Float32Array {
    const array = kernels.f32(values.length)
    array.set(values)
    return array
  }

  /** Rows whose dots with each other are near 1: about half of the pairs are hits. */
  function nearOne(count: number, dim: number, seed: number): Float32Array {
    const array = scratch(kernels, 'f32', count * dim, seed) as Float32Array
    for (let i = 0; i < array.length; i++) array[i] *= 2.5 / Math.sqrt(dim) ** 0.5
    return array
  }

  function check(queryCount: number, keyCount: number, dim: number) {
    const mark = kernels.mark()
    const [queries, keys] = [nearOne(queryCount, dim, 3), nearOne(keyCount, dim, 5)]
    const found = filter(queries, keys, dim)
    const hits = new Set(found)
    expect(hits.size, 'no pair twice').toBe(found.length)
    const [queryNorms, keyNorms] = [norms(queries, queryCount, dim), norms(keys, keyCount, dim)]
    const relativeMargin = gamma(dim + 2, UNIT_ROUNDOFF_F32) // NOTES.md "Kernels"
    const wrong: string[] = []
    let existing = 0
    for (let q = 0; q < queryCount; q++) {
      for (let k = 0; k < keyCount; k++) {
        const hit = hits.has(`${q},${k}`)
        if (hit) existing++
        const dot = dotF64(queries, q, keys, k, dim)
        const margin = relativeMargin * queryNorms[q] * keyNorms[k] + dim * 2 ** -148
        const [must, mustNot] = [Math.abs(dot) >= 1 + margin, Math.abs(dot) < 1 - margin]
        if (hit ? mustNot : must) wrong.push(`${q},${k}: ${dot}`)
      }
    }
    expect(wrong, `${queryCount} queries, ${keyCount} keys, dim ${dim}`).toEqual([])
    expect(existing, 'no pair that does not exist').toBe(found.length)
    kernels.release(mark)
  }

  test('every pair above 1 by more than the margin, none below it, at every tail', () => {
    for (const queryCount of [...SMALL_SIZES, 33]) {
      for (const keyCount of [...SMALL_SIZES, 33]) {
        for (const dim of [1, 2, 3, 4, 5, 8, 17]) check(queryCount, keyCount, dim)
      }
    }
  })

  test('every pair across blocks of queries and keys', () => {
    check(261, 13, 1024)
    check(5, 1050, 7)
    check(135, 519, 1000)
  })

  test('the boundary: 1 and -1 are hits, the next float32 below is not', () => {
    const below = 1 - 2 ** -24
    expect(filter(rows([1, -1, below, -below]), rows([1]), 1).sort()).toEqual(['0,0', '1,0'])
    expect(filter(rows([1, 0.5, 2]), rows([0.25, 0.5, 0.25]), 3)).toEqual(['0,0'])
  })

  test('a NaN passes, an overflow passes, and padding next to them does not', () => {
    const queries = rows([NaN, 0, 3e38, 3e38, 0, 0, Infinity, -Infinity, 0.1, 0.1])
    const keys = rows([0, 0, 1, 1, 3e38, 3e38])
    const passes = ['0,0', '0,1', '0,2', '1,1', '1,2', '3,0', '3,1', '3,2', '4,2']
    expect(filter(queries, keys, 2).sort()).toEqual(passes)
    const nanKey = rows([0, NaN, 0, 0, 0, 0, 0, 0]) // a whole tile of keys: only queries are padded
    expect(filter(rows([0, 0, 0, 0, 0]), nanKey, 1).sort()).toEqual(['0,1', '1,1', '2,1', '3,1', '4,1'])
    const nanQuery = rows([0, 0, NaN, 0]) // a whole tile of queries: only keys are padded
    expect(filter(nanQuery, rows([0, 0, 0]), 1).sort()).toEqual(['2,0', '2,1', '2,2'])
  })

  test('dim 0: every dot is 0, no hit', () => {
    expect(kernels.dotsAtLeastOne(kernels.u32(2 * 5 * 9), kernels.f32(0), 5, kernels.f32(0), 9, 0)).toBe(0)
  })
})

/** In float64, whose own error is 2^-29 of the margin. */
function dotF64(queries: Float32Array, q: number, keys: Float32Array, k: number, dim: number): number {
  let dot = 0
  for (let a = 0; a < dim; a++) dot += queries[q * dim + a] * keys[k * dim + a]
  return dot
}

function norms(rows: Float32Array, rowCount: number, dim: number): number[] {
  return Array.from({ length: rowCount }, (_, r) => Math.sqrt(dotF64(rows, r, rows, r, dim)))
}
