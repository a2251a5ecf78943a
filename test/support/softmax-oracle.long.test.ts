// Catches: an oracle whose scale, causal rule or segments are not those of real models: their own attention outputs, float32, are
// beside the repository. Cannot catch: anything about selections, which no model has.
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readNpyMatrix } from './npy.mjs'
import { describeShared, sharedSets } from './shared-data.ts'
import { oracleAttend } from './softmax/attend.ts'
import { tiered } from './tier.ts'

/** The models computed in float32, in an order of their own. */
const ABS_TOL = 2e-5
/** Of a long head's queries the last: causal ones see the most keys. */
const MANY_ROWS = 300

describeShared('full attention is what the models put out', () => {
  const heads = sharedSets().flatMap(({ queriesPath, valuesPath, keysPath, ...set }) => {
    const outputPath = keysPath.replace(/\.k\.npy$/, '.o.npy')
    if (queriesPath === undefined || valuesPath === undefined || !existsSync(outputPath)) return []
    return [{ ...set, queriesPath, valuesPath, keysPath, outputPath }]
  })

  test('there are such heads', () => expect(heads.length).toBeGreaterThan(10))

  test.each(heads)('$name', ({ queriesPath, keysPath, valuesPath, outputPath, causal, segmentRows }) => {
    const [queries, keys, values] = [queriesPath, keysPath, valuesPath].map((path) => [readNpyMatrix(path)])
    const segment = segmentRows === undefined ? {} : { segment: segmentRows }
    const { rows } = queries[0]
    const first = tiered(Math.max(0, rows - MANY_ROWS), 0)
    const options = { causal, ...segment, selection: { full: true }, queryRows: [first, rows] as const }
    const [found] = oracleAttend({ queries, keys, values }, options)
    const { data, cols } = readNpyMatrix(outputPath)
    const wanted = data.subarray(first * cols)
    expect(found.output.length).toBe(wanted.length)
    const worst = found.output.reduce((max, x, at) => Math.max(max, Math.abs(x - wanted[at])), 0)
    expect(worst).toBeLessThanOrEqual(ABS_TOL)
    expect(found.emptyRows).toBe(0)
  })
})
