/** The exact pass over shards in this thread. */
import {
  EXACT_QUERY_LIFT,
  exactAnswer,
  type ExactPart,
  type ExactPrecision,
  exactShard,
  mergeExactParts,
  scalarKernels,
  scaleQueries,
} from '@levattention/core/internal'
import { type DenseMatrix } from '../../support/oracle.ts'
import { sourceOf } from '../../support/run-inline.ts'
import { certify } from '../../laws/certify.ts'

interface Pass {
  readonly keys: DenseMatrix
  readonly queries: DenseMatrix
  readonly epsilon: number
  readonly precision?: ExactPrecision
  readonly element?: 'f32' | 'f64'
  /** Where the rows are cut into shards. */
  readonly cuts?: readonly number[]
  readonly join?: (parts: ExactPart[]) => ExactPart
  /** Row ids of U, ascending. */
  readonly insideRows?: readonly number[]
}

const leftToRight = (parts: ExactPart[]) => parts.reduce((a, b) => mergeExactParts(a, b))

export function exactPass(pass: Pass) {
  const {
    keys,
    queries,
    epsilon,
    precision = 'compensated',
    element = 'f64',
    cuts = [],
    join = leftToRight,
    insideRows = [],
  } = pass
  const { factor } = certify(keys)
  const scaled = new Float64Array(queries.data.length)
  const shifts = new Int32Array(queries.rows)
  scaleQueries(factor, queries.data, queries.rows, scaled, shifts, EXACT_QUERY_LIFT)
  const edges = [0, ...cuts, keys.rows]
  const source = sourceOf(keys, element)
  const parts = edges.slice(1).map((rowEnd, i) => {
    const range = { rowStart: edges[i], rowEnd }
    const inside = Float64Array.from(insideRows).filter((id) => id >= range.rowStart && id < rowEnd)
    const terms = { factor, queries: scaled, epsilon, p: 2, precision, insideRows: inside }
    return exactShard({ source, range, kernels: scalarKernels() }, terms)
  })
  const whole = join(parts)
  return { whole, answer: exactAnswer(whole, factor, scaled, shifts, epsilon, precision) }
}
