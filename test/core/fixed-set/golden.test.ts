// Catches: a rule that keeps other keys than the definitions say, in every golden case: segments, masks, ranges, groups, ties,
// duplicates, zero keys, fewer keys than N, huge numbers. Cannot catch: what only many rows or threads show (shards.test.ts).
import { type NamedSet, restClusters } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { attendCases, coverageCases } from '../../support/softmax/golden.ts'
import { keyHeadOf } from '../../support/softmax/head.ts'
import { chosenByOracle, chosenHere, denseOf, visibilityOf } from '../../support/softmax/product.ts'

describe.each(attendCases().map((one) => ({ ...one, title: one.name })))('attend $title', (one) => {
  const { heads, options, answers, element } = one
  const { ids, scores, local: _l, sinkTokens, restClusters: count, grid: _g, ...rest } = options.selection

  test('the fixed set of each key head', () => {
    answers.forEach((answer, h) => {
      const keyHead = keyHeadOf(h, heads)
      const given = { ...rest, ...(ids && { ids: ids[keyHead] }), ...(scores && { scores: scores[keyHead] }) }
      const { keep = 0 } = given
      // What is typed may not be more than there are; the golden cases hold the meaning beyond that.
      const set = {
        ...given,
        ...(keep > 0 && { keep: Math.min(keep, heads.keys[keyHead].rows) }),
      } as NamedSet
      const choice = { heads, keyHead, element, visibility: options, set, scale: options.scale }
      expect(chosenHere(choice)).toEqual([...answer.keyIds])
    })
  })

  test.runIf(count !== undefined)('the clusters of the rest', () => {
    answers.forEach((answer, h) => {
      const { clusters } = answer as unknown as { clusters: number[] }
      const keys = denseOf(heads.keys[keyHeadOf(h, heads)], element)
      const kept = Float64Array.from(answer.keyIds)
      const settings = { sinkTokens: sinkTokens ?? 0, seed: options.selection.seed ?? 1 }
      const found = restClusters(keys, visibilityOf(options), kept, count ?? 0, settings)
      expect([...found.clusters]).toEqual(clusters)
    })
  })
})

describe.each(coverageCases())('coverage $name', ({ heads, options, element }) => {
  const rules = options.select
    .map((select) => select.split('+')[0])
    .filter((rule) => !['best', 'local', 'sinks', 'rest'].includes(rule))
  test.each([...new Set(rules)])('%s', (rule) => {
    heads.keys.forEach((keys, keyHead) => {
      const seed = options.seed ?? 1
      const scores = options.scores?.[rule]?.[keyHead]
      for (const keep of options.keep.filter((count) => count <= keys.rows)) {
        const set = (scores ? { scores: Float64Array.from(scores), keep } : { rule, keep, seed }) as NamedSet
        const { scale, holdout = false } = options
        for (const draw of rule === 'random' ? [0, 1, 15] : [0]) {
          const choice = { heads, keyHead, element, visibility: options, set, scale, holdout, draw }
          expect(chosenHere(choice)).toEqual(chosenByOracle(choice))
        }
      }
    })
  })
})
