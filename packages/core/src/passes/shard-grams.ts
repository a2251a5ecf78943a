import { rowsIn } from '../matrix/row-ranges.ts'
import type { GramParts } from '../sums/gram-sum.ts'
import { gramOfRows } from './shard-sweeps.ts'
import { checkGram, fault } from './part-checks.ts'
import { passOf } from './pass.ts'

/** The Gram of each shard by itself, in their order: what prefix sums are made from (theory.md section 6). O(shards d²) numbers. */
export const shardGramsPass = passOf<object, readonly GramParts[], readonly GramParts[]>({
  kind: 'shardGrams',
  hasMatrices: true,
  map: (shard) => [gramOfRows(shard).parts],
  zero: () => [],
  merge: (a, b) => [...a, ...b],
  pack: (grams) => grams,
  unpack: (grams) => grams,
  check(packed, { range, dim }) {
    if (!Array.isArray(packed)) throw fault('grams', 'a list', packed)
    const rows = packed.map((gram) => Number(checkGram(gram, dim).rowCount))
    const rowCount = rows.reduce((sum, count) => sum + count, 0)
    if (rowCount !== rowsIn(range)) throw fault('rowCount', `${rowsIn(range)} in all`, rowCount)
  },
})
