// Real heads, causal, against a dense masked scan. Catches: pairs that real spectra and sinks hide from the
// prefix certificates. Cannot catch: anything at more than 512 rows.
import { expect, test } from 'vitest'
import { bruteForceMasked } from '../support/masked.ts'
import type { DenseMatrix } from '../support/oracle.ts'
import { readNpyMatrix } from '../support/npy.mjs'
import { runInline } from '../support/run-inline.ts'
import { describeShared, sharedSets } from '../support/shared-data.ts'
import { someOf } from '../support/tier.ts'

const EPSILON = 0.05
const HEADS = /^(lm-moby-n512-L(0-h0|2-h3|4-h6)|lm-generated0-n512-L2-h0|use-moby-n1024)/

/** What a query sees does not depend on the rows behind it. */
function firstRows({ rows, cols, data }: DenseMatrix): DenseMatrix {
  const kept = Math.min(rows, cols > 16 ? 200 : 512)
  return { rows: kept, cols, data: data.subarray(0, kept * cols) }
}

describeShared('causal pairs of real heads are those of a masked scan', () => {
  const heads = sharedSets().filter(({ name, kind }) => kind === 'head' && HEADS.test(name))
  test.each(someOf(heads, 2))('$name', async ({ keysPath, queriesPath = keysPath }) => {
    const keys = firstRows(readNpyMatrix(keysPath))
    const queries = firstRows(readNpyMatrix(queriesPath))
    const want = bruteForceMasked(queries, keys, EPSILON, { causal: true })
    const found = await runInline(keys, queries, {
      epsilon: EPSILON,
      causal: true,
      element: 'f32',
      queryElement: 'f32',
    })
    const label = ({ query, key }: { query: number; key: number }) => `${query}:${key}`
    expect(found.pairs.map(label)).toEqual(want.pairs.map(label))
    found.pairs.forEach((pair, i) => {
      expect(Math.abs(pair.score / want.pairs[i].score - 1)).toBeLessThanOrEqual(pair.slack + 1e-15)
    })
    expect(want.pairs.length).toBeGreaterThan(90)
    // The prefixes settle nearly all of them.
    expect(found.stats.queriesExactPass).toBeLessThan(queries.rows / 20)
  })
})
