// Catches: a number of coverage that is not the definition's, in every golden case (rules, figures, extras, clusters, holdout,
// samples, masks, segments, several heads, huge logits), and numbers that depend on threads or kernels. Cannot catch: what only
// many keys or rows show (real-heads.test.ts).
import { expect, test } from 'vitest'
import { eachEngine } from '../../support/each-engine.ts'
import { coveredHere, expectCoverage, type CoveredHere } from '../../support/softmax/coverage-product.ts'
import { coverageCases } from '../../support/softmax/golden.ts'

const cases = coverageCases()
const first = new Map<string, CoveredHere[]>()

eachEngine('golden coverage', (context) => {
  test.each(cases)('$name: $why', async (one) => {
    const found = await coveredHere(one, context())
    expectCoverage(found, one.answer, 1e-9)
    const before = first.get(one.name)
    if (before) expect(found).toEqual(before)
    else first.set(one.name, found)
  })
})
