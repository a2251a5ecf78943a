import { gramInCoordinates } from './shard-sweeps.ts'
import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import { ANY_EPSILON, shardState, summaryPassOf } from './summary-pass.ts'

interface RefineQuestion {
  readonly coordinates: Pick<Preconditioner, 'forward' | 'compensated'>
  readonly exponents: Int32Array // [dim]
}

/** The Gram of the keys in better coordinates (theory.md section 8). */
export const refinePass = summaryPassOf<RefineQuestion>({
  kind: 'refine',
  map(shard, { coordinates, exponents }) {
    const gram = gramInCoordinates(shard, coordinates, exponents)
    return shardState(shard, ANY_EPSILON, gram, undefined)
  },
})
