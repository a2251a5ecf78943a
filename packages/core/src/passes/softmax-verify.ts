import { withScratch } from '../kernels/with-scratch.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import {
  mergeSoftmaxRows,
  noSoftmaxSum,
  SoftmaxSweep,
  type SoftmaxVerifyQuestion,
  type SoftmaxVerifySum,
} from '../verify/softmax-sweep.ts'
import { plainPassOf, TRANSIENT } from './pass.ts'
import { joinedPairs } from './verify.ts'

/** The softmax rows of a few queries over all keys by brute force, for `verify`. */
export const softmaxVerifyPass = plainPassOf<SoftmaxVerifyQuestion, SoftmaxVerifySum>({
  kind: 'softmax-verify',
  ...TRANSIENT,
  map: (shard, question) =>
    withScratch(shard.kernels, () => {
      const sweep = new SoftmaxSweep(question, shard)
      forEachBlock(shard, (rows, rowCount, rowStart) => sweep.add(rows, rowCount, rowStart))
      return sweep.finish()
    }),
  zero: ({ question }) => noSoftmaxSum(question),
  merge: (a, b, { question }) => mergeSoftmaxVerifySums(a, b, question),
})

export function mergeSoftmaxVerifySums(
  a: SoftmaxVerifySum,
  b: SoftmaxVerifySum,
  question: SoftmaxVerifyQuestion,
): SoftmaxVerifySum {
  return { ...mergeSoftmaxRows(a, b, question), listed: joinedPairs(a.listed, b.listed) }
}
