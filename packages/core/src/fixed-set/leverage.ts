import { type DenseAlgebra, denseBy } from '../kernels/dense.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { rowView } from '../matrix/row-view.ts'
import { keyGramPass } from '../passes/key-gram.ts'
import { scoresTask } from '../passes/scores.ts'
import { type RowTask, TRANSIENT } from '../passes/pass.ts'
import { TauFactor } from '../selection/tau-factor.ts'
import { GramSum } from '../sums/gram-sum.ts'
import { askOf, followHere, type Recipe } from './ask.ts'
import { taskRanges } from './terms.ts'

/** With more columns the algebra between two Grams would be felt where the recipe is driven. */
const MOST_COLUMNS_HERE = 128

/** tau of all rows in [range), by one thread. */
export const leverageTask: RowTask<object, Float64Array> = {
  kind: 'leverage',
  ...TRANSIENT,
  answer: ({ source, range, kernels }) =>
    followHere(leverageBy(rowView(source, range), denseBy(kernels)), kernels),
}

/** tau [rows] of all rows of `keys`, whatever their rank. Throws Content. */
export function* leverageOf(keys: MatrixSource): Recipe<Float64Array> {
  if (keys.cols <= MOST_COLUMNS_HERE) return yield* leverageBy(keys)
  let tau: Float64Array = new Float64Array(0)
  yield askOf({
    task: leverageTask,
    source: keys,
    ranges: [{ rowStart: 0, rowEnd: keys.rows }],
    question: {},
    take: (found) => (tau = found),
  })
  return tau
}

function* leverageBy(keys: MatrixSource, dense?: DenseAlgebra): Recipe<Float64Array> {
  const finder = new TauFactor(yield* gramOf(keys, {}), dense)
  let step = finder.step()
  while (step.wanted) {
    const question = { coordinates: step.wanted, exponents: finder.exponents }
    step = finder.step(yield* gramOf(keys, question))
  }
  const tau = new Float64Array(keys.rows)
  yield askOf({
    task: scoresTask,
    source: keys,
    ranges: taskRanges(keys, { rowStart: 0, rowEnd: keys.rows }),
    // Scores take no more of a factor than this.
    question: { factor: step.factor as Factor },
    take: (scores, { rowStart }) => tau.set(scores, rowStart),
  })
  return tau
}

function* gramOf(keys: MatrixSource, question: Parameters<typeof keyGramPass.map>[1]): Recipe<GramSum> {
  const gram = new GramSum(keys.cols)
  yield askOf({
    task: keyGramPass,
    source: keys,
    ranges: taskRanges(keys, { rowStart: 0, rowEnd: keys.rows }),
    question,
    take: (parts) => gram.merge(keyGramPass.unpack(parts)),
  })
  return gram
}
