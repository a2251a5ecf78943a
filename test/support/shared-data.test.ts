/**
 * Catches: a set that is listed with the wrong file or shape, and a reader that misreads .npy. Cannot catch: sets
 * that the manifest does not name. Skipped, with its reason, where ../shared/data is absent.
 */
import { expect, test } from 'vitest'
import { readNpy } from './npy.mjs'
import { describeShared, sharedSets } from './shared-data.ts'

describeShared('the shared sets', () => {
  const sets = sharedSets()

  test('are the heads, one stack and four tabular matrices', () => {
    expect(sets.filter(({ kind }) => kind === 'head')).toHaveLength(30)
    expect(sets.filter(({ kind }) => kind === 'stack')).toHaveLength(1)
    expect(sets.filter(({ kind }) => kind === 'tabular')).toHaveLength(4)
  })

  test.each(sets)('$name has the shape that is listed, and finite entries', (set) => {
    const keys = readNpy(set.keysPath)
    expect(keys.shape).toEqual([set.rows, set.cols])
    expect(keys.data.every(Number.isFinite)).toBe(true)
    if (set.queriesPath !== undefined) expect(readNpy(set.queriesPath).shape[1]).toBe(set.cols)
  })
})
