// Catches: a lost compensation (most of these dots cancel far below float64's own error), lost tails, writes past
// the end, a wrong finite number at the end of the range. The oracle is exact integer arithmetic.
import { CHUNK_ROWS } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { ExactSum } from './exact.ts'
import { bits, ELEMENTS, type Kind, scratch, scratch64, SMALL_SIZES } from './values.ts'

type Rows = Float32Array | Float64Array

function exactDot(queries: Rows, q: number, keys: Rows, k: number, dim: number): ExactSum {
  const sum = new ExactSum(2)
  for (let a = 0; a < dim; a++) sum.add(queries[q * dim + a], keys[k * dim + a])
  return sum
}

/** Makes the second half of every row repeat the first, `sign` times: dots cancel but for a few last coordinates. */
function mirror(rows: Rows, dim: number, sign: number): void {
  const half = Math.floor(dim / 2)
  for (let start = 0; start < rows.length; start += dim) {
    for (let a = 0; a < half; a++) rows[start + half + a] = sign * rows[start + a]
    rows[start + dim - 1] /= 2 ** 20
  }
}

eachKernels('compensatedDots', (kernels) => {
  function dots(
    element: 'f32' | 'f64',
    queryCount: number,
    keyCount: number,
    dim: number,
    kind: Kind,
    cancel = true,
  ) {
    const queries = scratch64(kernels, queryCount * dim, 1 + queryCount, kind)
    const keys = scratch(kernels, element, keyCount * dim, 2 + keyCount, kind)
    if (cancel) {
      mirror(queries, dim, 1)
      mirror(keys, dim, -1)
    }
    const out = scratch64(kernels, queryCount * keyCount + 5, 9) // 5 more, to be left alone
    const after = bits(out.subarray(queryCount * keyCount))
    kernels.compensatedDots(out, queries, queryCount, keys, keyCount, dim)
    expect(bits(out.subarray(queryCount * keyCount))).toBe(after)
    return { queries, keys, out: out.subarray(0, queryCount * keyCount) }
  }

  function check(element: 'f32' | 'f64', queryCount: number, keyCount: number, dim: number, kind: Kind) {
    const mark = kernels.mark()
    const { queries, keys, out } = dots(element, queryCount, keyCount, dim, kind)
    out.forEach((computed, at) => {
      const [q, k] = [Math.floor(at / keyCount), at % keyCount]
      const place = `${kind}: query ${q} of ${queryCount}, key ${k} of ${keyCount}, dim ${dim}`
      expect(exactDot(queries, q, keys, k, dim).withinCompensated(computed, dim), place).toBe(true)
    })
    kernels.release(mark)
  }

  test.each(ELEMENTS)('%s keys: u |dot| + gamma_dim² Σ|terms| at every tail', (element) => {
    for (const queryCount of [0, 1, 2, 5]) {
      for (const keyCount of [0, 1, 3, 4, 5, 9]) {
        for (const dim of SMALL_SIZES) check(element, queryCount, keyCount, dim, 'plain')
      }
    }
  })

  test.each(ELEMENTS)('%s keys: wide exponents, subnormal products, zeros', (element) => {
    check(element, 3, 6, 61, 'wide')
    check(element, 3, 6, 61, 'gaps')
    check(element, 3, 6, 61, 'subnormal')
  })

  test('more queries than a block of queries, more keys than a chunk', () => {
    check('f64', 35, 2, 1024, 'plain')
    check('f32', 2, CHUNK_ROWS + 5, 3, 'plain')
  })

  test('past the range of splitting: NaN or infinite, or right', () => {
    const { queries, keys, out } = dots('f64', 8, 9, 3, 'huge', false)
    queries.fill(2 ** -600, 0, 4 * 3) // half of the products are in range, no key can be split
    keys.fill(2 ** 990, 0, 3 * 3) // but these
    kernels.compensatedDots(out, queries, 8, keys, 9, 3)
    let finite = 0
    out.forEach((computed, at) => {
      if (!Number.isFinite(computed)) return
      finite++
      const exact = exactDot(queries, Math.floor(at / 9), keys, at % 9, 3)
      expect(exact.withinCompensated(computed, 3), `dot ${at}`).toBe(true)
    })
    expect(finite).toBeGreaterThanOrEqual(4 * 3)
    expect(finite).toBeLessThan(8 * 9)
  })
})
