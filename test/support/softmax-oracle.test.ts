/**
 * Catches: an oracle that differs from the golden answers (another language, 80-bit arithmetic, test/golden/softmax) in a set of
 * keys, a pair or a number, on every rule, mask and degenerate shape; laws that hold without any answer.
 * Cannot catch: a definition that both oracles share and both have wrong.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian } from './matrices.ts'
import type { DenseMatrix } from './oracle.ts'
import { oracleSoftmaxPairs } from './softmax-oracle.ts'
import { oracleAttend, type OracleAttendOptions, type OracleSelection } from './softmax/attend.ts'
import { oracleCoverage } from './softmax/coverage.ts'
import { attendCases, coverageCases, pairsCases } from './softmax/golden.ts'
import { philoxWords } from './softmax/philox.ts'

/** Logits of 1e4 are rounded by 1e-12, and a share by as much in relative terms. */
const REL_TOL = 1e-11

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, size = 1): void {
  expect(found.length).toBe(wanted.length)
  for (let at = 0; at < wanted.length; at++) {
    if (found[at] === wanted[at] || (Number.isNaN(found[at]) && Number.isNaN(wanted[at]))) continue
    const allowed = REL_TOL * Math.max(size, Math.abs(wanted[at]))
    expect(Math.abs(found[at] - wanted[at]), `${found[at]}, not ${wanted[at]}`).toBeLessThanOrEqual(allowed)
  }
}

test('Philox4x32-10 gives the words of Random123', () => {
  const all = 0xffffffffn
  expect(philoxWords([0n, 0n, 0n, 0n], [0n, 0n])).toEqual([
    0x6627e8d5n,
    0xe169c58dn,
    0xbc57ac4cn,
    0x9b00dbd8n,
  ])
  expect(philoxWords([all, all, all, all], [all, all])).toEqual([
    0x408f276dn,
    0x41c83b0en,
    0xa20bc7c6n,
    0x6d5451fdn,
  ])
})

describe('pairs', () => {
  test.each(pairsCases())('$name: $why', ({ heads, options, answers }) => {
    const found = oracleSoftmaxPairs(heads, options)
    expect(found).toHaveLength(answers.length)
    answers.forEach((answer, h) => {
      const ids = ({ query, key }: { query: number; key: number }) => `${query}:${key}`
      expect(found[h].pairs.map(ids)).toEqual(answer.pairs.map(ids))
      for (const [at, { score, dot }] of answer.pairs.entries()) {
        expectClose([found[h].pairs[at].score], [score], Number.MIN_VALUE / REL_TOL)
        expectClose([found[h].pairs[at].dot], [dot])
      }
      expectClose(found[h].lse, answer.lse)
      expect(found[h].emptyRows).toBe(answer.emptyRows)
      expect(found[h].negativeDotShare).toBe(answer.negativeDotShare)
      if (answer.heavyMassMean === null) expect(found[h].heavyMassMean).toBeNull()
      else expectClose([found[h].heavyMassMean ?? NaN], [answer.heavyMassMean])
    })
  })
})

describe('attend', () => {
  test.each(attendCases())('$name: $why', ({ heads, options, answers }) => {
    const found = oracleAttend(heads, options)
    expect(found).toHaveLength(answers.length)
    answers.forEach(({ output, lse, ...answer }, h) => {
      expect(found[h]).toMatchObject({
        keyIds: answer.keyIds,
        emptyRows: answer.emptyRows,
        selfRows: answer.selfRows,
      })
      if (answer.keysPerRow === null) expect(found[h].keysPerRow).toBeNull()
      else expectClose([found[h].keysPerRow ?? NaN], [answer.keysPerRow])
      expectClose(found[h].lse, lse)
      expectClose(found[h].output, output)
    })
  })
})

describe('coverage', () => {
  test.each(coverageCases())('$name: $why', ({ heads, options, answer }) => {
    const found = oracleCoverage(heads, options)
    expect(found.judgedRows).toEqual(answer.judgedRows)
    answer.heads.forEach(({ selections, ...head }, h) => {
      expect(found.heads[h]).toMatchObject(head)
      selections.forEach((wanted, s) => expectNumbers(found.heads[h].selections[s], wanted))
    })
  })

  function expectNumbers(found: object, wanted: object): void {
    const numbers = (value: unknown) => (typeof value === 'number' ? [value] : value)
    expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort())
    const foundByName: Readonly<Record<string, unknown>> = { ...found }
    for (const [name, value] of Object.entries(wanted)) {
      const [got, want] = [numbers(foundByName[name]), numbers(value)]
      if (Array.isArray(want) && want.every((x) => typeof x === 'number')) {
        expectClose(got as number[], want)
      } else expect(got, name).toEqual(want)
    }
  }
})

/** Heads of m queries and n keys, and what they see. */
const anyHead = fc.record({
  seed: fc.nat(),
  n: fc.integer({ min: 1, max: 20 }),
  d: fc.integer({ min: 1, max: 5 }),
  causal: fc.boolean(),
  keyMask: fc.array(fc.constantFrom(0, 1, 1, 1), { minLength: 20, maxLength: 20 }),
})

type AnyHead = typeof anyHead extends fc.Arbitrary<infer Head> ? Head : never

function attendHead({ seed, n, d, causal, keyMask }: AnyHead, selection: OracleSelection) {
  const matrix = (salt: number): DenseMatrix => gaussian(n, d, seed + salt)
  const heads = { queries: [matrix(0)], keys: [matrix(1)], values: [matrix(2)] }
  const options: OracleAttendOptions = { causal, keyMask: keyMask.slice(0, n), selection }
  return oracleAttend(heads, options)[0]
}

describe('laws', () => {
  test('as many clusters as keys are left give full attention', () => {
    fc.assert(
      fc.property(anyHead, fc.nat(5), fc.option(fc.nat(3), { nil: undefined }), (head, keep, local) => {
        const extras = { restClusters: head.n, ...(local !== undefined && { local }) }
        const clustered = attendHead(head, { rule: 'leverage', keep, ...extras })
        const full = attendHead(head, { full: true })
        expectClose(clustered.lse, full.lse)
        expectClose(clustered.output, full.output)
      }),
    )
  })

  test('clusters never overestimate the mass of the rest', () => {
    fc.assert(
      fc.property(anyHead, fc.nat(5), fc.integer({ min: 1, max: 4 }), (head, keep, restClusters) => {
        const clustered = attendHead(head, { rule: 'norm-max', keep, restClusters, local: 1, sinkTokens: 1 })
        const full = attendHead(head, { full: true })
        clustered.lse.forEach(
          (lse, i) => lse > -Infinity && expect(lse).toBeLessThanOrEqual(full.lse[i] + REL_TOL),
        )
      }),
    )
  })

  test('every rule keeps exactly as many keys as it is asked for, of those that are there', () => {
    const rules = [
      'leverage',
      'norm-max',
      'norm-min',
      'random',
      'query-moments',
      'sampled-queries',
      'accumulated',
      'kmeans',
    ] as const
    fc.assert(
      fc.property(anyHead, fc.constantFrom(...rules), fc.integer({ min: 1, max: 20 }), (head, rule, keep) => {
        const there = head.keyMask.slice(0, head.n).filter((one) => one === 1).length
        const { keyIds } = attendHead(head, { rule, keep })
        expect(new Set(keyIds).size).toBe(Math.min(keep, there))
        expect(keyIds.every((id) => head.keyMask[id] === 1)).toBe(true)
      }),
    )
  })
})
