// Catches: a key that a query must not see, or one that it misses, for any mix of causal, start, window, segment, rows and masks.
// Cannot catch: a meaning that the oracle shares (test/golden/softmax/README.md says it in words).
import { isKey, keysSeen, rangeSeen, type Visibility } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isKey as oracleIsKey, type OracleVisibility, visibleKeys } from '../../support/softmax/head.ts'

const SIZE = 12

const visibilities = fc.record({
  causal: fc.boolean(),
  queryStart: fc.nat(5),
  width: fc.option(fc.integer({ min: 1, max: SIZE }), { nil: undefined }),
  isWindow: fc.boolean(),
  keyRows: fc.option(fc.tuple(fc.nat(SIZE), fc.nat(SIZE)), { nil: undefined }),
  queryRows: fc.option(fc.tuple(fc.nat(SIZE), fc.nat(SIZE)), { nil: undefined }),
  keyMask: fc.option(fc.array(fc.nat(1), { minLength: SIZE, maxLength: SIZE }), { nil: undefined }),
  queryMask: fc.option(fc.array(fc.nat(1), { minLength: SIZE, maxLength: SIZE }), { nil: undefined }),
})

test('a query sees the keys of the definition, one range less the hidden ones', () => {
  fc.assert(
    fc.property(visibilities, ({ causal, queryStart, width, isWindow, keyRows, queryRows, ...masks }) => {
      const cut = isWindow && causal ? { slidingWindow: width } : { segment: width }
      const range = (rows: [number, number] | undefined) =>
        rows && { rowStart: Math.min(...rows), rowEnd: Math.max(...rows) }
      const visibility: Visibility = {
        causal,
        queryStart,
        ...cut,
        keyRows: range(keyRows),
        queryRows: range(queryRows),
        keyMask: masks.keyMask && Uint8Array.from(masks.keyMask),
        queryMask: masks.queryMask && Uint8Array.from(masks.queryMask),
      }
      const pair = (rows: [number, number] | undefined) =>
        rows && ([Math.min(...rows), Math.max(...rows)] as const)
      const oracle: OracleVisibility = {
        causal,
        queryStart,
        ...cut,
        keyRows: pair(keyRows),
        queryRows: pair(queryRows),
        keyMask: masks.keyMask,
        queryMask: masks.queryMask,
      }
      for (let query = 0; query < SIZE; query++) {
        const { rowStart, rowEnd } = rangeSeen(visibility, query, SIZE)
        const seen = Array.from({ length: SIZE }, (_, key) => key).filter(
          (key) => key >= rowStart && key < rowEnd && isKey(visibility, key),
        )
        expect(seen).toEqual(visibleKeys(oracle, query, SIZE))
        expect(keysSeen(visibility, query, SIZE)).toBe(seen.length)
      }
      for (let key = 0; key < SIZE; key++) expect(isKey(visibility, key)).toBe(oracleIsKey(oracle, key))
    }),
  )
})
