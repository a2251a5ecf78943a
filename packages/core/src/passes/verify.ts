import { joinPowers, noPowers } from '../arithmetic/power-sums.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { forEachBlock } from '../matrix/row-blocks.ts'
import type { VerifyPairs } from '../verify/pair-list.ts'
import { Sweep, type VerifyQuestion, type VerifySum } from '../verify/sweep.ts'
import { plainPassOf, TRANSIENT } from './pass.ts'

/** All keys against a few queries by brute force, for `verify`. */
export const verifyPass = plainPassOf<VerifyQuestion, VerifySum>({
  kind: 'verify',
  ...TRANSIENT,
  map: (shard, question) =>
    withScratch(shard.kernels, () => {
      const sweep = new Sweep(question, shard)
      forEachBlock(shard, (rows, rowCount, rowStart) => sweep.add(rows, rowCount, rowStart))
      return sweep.finish()
    }),
  zero: ({ question: { queries, p }, dim }) => ({
    rowSums: noPowers(p, queries.length / dim),
    keysLost: false,
    columnSquares: new Float64Array(dim),
    candidates: joinedPairs(),
    listed: joinedPairs(),
  }),
  merge: (a, b) => mergeVerifySums(a, b),
})

export function mergeVerifySums(a: VerifySum, b: VerifySum): VerifySum {
  return {
    rowSums: joinPowers(a.rowSums, b.rowSums),
    keysLost: a.keysLost || b.keysLost,
    columnSquares: a.columnSquares.map((square, i) => square + b.columnSquares[i]),
    candidates: joinedPairs(a.candidates, b.candidates),
    listed: joinedPairs(a.listed, b.listed),
  }
}

export function joinedPairs(...parts: readonly VerifyPairs[]): VerifyPairs {
  const concat = (of: (part: VerifyPairs) => Float64Array | Uint32Array) =>
    parts.flatMap((part) => [...of(part)])
  return {
    queries: Uint32Array.from(concat((part) => part.queries)),
    keyIds: Float64Array.from(concat((part) => part.keyIds)),
    dots: Float64Array.from(concat((part) => part.dots)),
    absolutes: Float64Array.from(concat((part) => part.absolutes)),
  }
}
