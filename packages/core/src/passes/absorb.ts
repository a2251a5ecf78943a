import { firstNonFinite, throwNonFinite } from '../matrix/non-finite.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import { KeySummary } from '../stream/key-summary.ts'
import { summaryPassOf } from './summary-pass.ts'

interface AbsorbQuestion {
  readonly epsilon: number
  readonly p: number
  /** Row ids begin here. */
  readonly rowOffset: number
}

/** Whole summaries, p other than 2, whose rows are weighed as they come: U from one reading of the keys (theory.md section 2, "Weights on arrival"). */
export const absorbPass = summaryPassOf<AbsorbQuestion>({
  kind: 'absorb',
  map(shard, { epsilon, p, rowOffset }) {
    const { source, range, kernels } = shard
    const rowStart = range.rowStart + rowOffset
    const summary = new KeySummary({ dim: source.cols, epsilon, p, rowStart, form: 'triangular' }, kernels)
    forEachBlock(shard, (rows, rowCount, firstRow) => {
      // Here, since a summary knows neither file nor place of its rows.
      if (firstNonFinite(rows) >= 0) throwNonFinite(source, firstRow, rowCount)
      summary.update(rows)
    })
    return summary.state
  },
  terms: (question) => question,
  zero: ({ epsilon, p }, { dim }) => new KeySummary({ dim, epsilon, p, form: 'triangular' }).state,
})
