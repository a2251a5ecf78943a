import type { Factor } from '../bounds/factor/factor.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { keyGramPass } from '../passes/key-gram.ts'
import { scoresTask } from '../passes/scores.ts'
import { TauFactor } from '../selection/tau-factor.ts'
import { GramSum } from '../sums/gram-sum.ts'
import { askOf, type Recipe } from './ask.ts'
import { taskRanges } from './terms.ts'

/** tau [rows] of all rows of `keys`, whatever their rank. Throws Content. */
export function* leverageOf(keys: MatrixSource): Recipe<Float64Array> {
  const finder = new TauFactor(yield* gramOf(keys, {}))
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
