import { rowsIn } from '../matrix/row-ranges.ts'
import { type ImportanceSurvey, surveyImportances, SurveySum } from '../sample/survey.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { arrayOf, each, fault, finite, recordOf, wholeNumber } from './part-checks.ts'
import { plainPassOf } from './pass.ts'
import { MOST_SCORE } from './scores.ts'

interface ImportancesQuestion {
  readonly factor: Factor
  /** Of the sample, in expectation. */
  readonly rows: number
}

/** What the scale of a sample needs to know of the rows: exact sums, the same however they are cut. */
export const importancesPass = plainPassOf<ImportancesQuestion, ImportanceSurvey>({
  kind: 'importances',
  map: (shard, { factor, rows }) => surveyImportances(shard, factor, rows),
  zero: ({ question: { rows } }) => new SurveySum(rows).finish(),
  merge(a, b, { question: { rows } }) {
    const sum = new SurveySum(rows)
    sum.add(a)
    sum.add(b)
    return sum.finish()
  },
  check(packed, { question, range }) {
    const { nonzeroRows, sumParts, largest } = recordOf(packed, 'importances')
    const rows = wholeNumber(nonzeroRows, 'nonzeroRows', 0, rowsIn(range))
    finite(arrayOf(sumParts, Float64Array, 'sumParts'), 'sumParts')
    const top = arrayOf(largest, Float64Array, 'largest')
    const most = Math.min(rows, question.rows)
    if (top.length > most) throw fault('largest', `${most} at most`, top.length)
    const isScore = (score: number, i: number) =>
      score > 0 && score <= MOST_SCORE && (i === 0 || score <= top[i - 1])
    each(top, 'largest', `numbers above 0 and at most ${MOST_SCORE}, the largest first`, isScore)
  },
})
