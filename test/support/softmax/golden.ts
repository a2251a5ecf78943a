/** Typed access to test/golden/softmax: pairs, attend and coverage by the Python oracle, made by make_softmax.py. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readNpz } from '../npy.mjs'
import type { DenseMatrix } from '../oracle.ts'
import type { SoftmaxPair, SoftmaxPairOptions } from '../softmax-oracle.ts'
import type { OracleAttended, OracleAttendOptions } from './attend.ts'
import type { OracleCoverage, OracleCoverageOptions } from './coverage.ts'
import type { OracleHeads } from './head.ts'

const ANSWERS = fileURLToPath(new URL('../../golden/softmax/answers', import.meta.url))

type NpyArray = ReturnType<typeof readNpz>[string]

interface Case<Options> {
  readonly name: string
  /** What is hard about it. */
  readonly why: string
  readonly heads: OracleHeads
  /** Of queries and keys, as they were made. */
  readonly element: 'f32' | 'f64'
  readonly options: Options
}

export interface GoldenPairs {
  /** True pairs. A float64 answer that is within `slack` of epsilon may have others of `near` too. */
  readonly pairs: readonly SoftmaxPair[]
  /** Pairs down to epsilon (1 - 1e-3), the true ones among them. */
  readonly near: readonly SoftmaxPair[]
  readonly lse: Float64Array
  readonly emptyRows: number
  readonly heavyMassMean: number | null
  readonly negativeDotShare: number | null
}

export interface PairsCase extends Case<SoftmaxPairOptions> {
  readonly answers: readonly GoldenPairs[]
}

export interface AttendCase extends Case<OracleAttendOptions> {
  readonly answers: readonly OracleAttended[]
}

export interface CoverageCase extends Case<OracleCoverageOptions> {
  readonly answer: OracleCoverage
}

interface Stored {
  readonly name: string
  readonly why: string
  readonly arrays: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, unknown>>
  readonly judgedRows?: readonly number[]
  readonly heads: readonly Readonly<Record<string, unknown>>[]
}

interface Read extends Case<never> {
  readonly stored: Stored
  readonly answersOf: (place: string) => NpyArray
}

export function pairsCases(): PairsCase[] {
  return readCases('pairs').map(({ stored, answersOf, ...rest }) => ({
    ...rest,
    answers: stored.heads.map((head, h) => {
      const [scores, dots, ids] = ['scores', 'dots', 'pairs'].map((name) => answersOf(`${h}.${name}`).data)
      const near = Array.from(scores, (score, at) => ({
        query: ids[at],
        key: ids[scores.length + at],
        score,
        dot: dots[at],
      }))
      const pairs = near.filter((_, at) => ids[2 * scores.length + at] === 1)
      return { ...(head as unknown as GoldenPairs), pairs, near, lse: answersOf(`${h}.lse`).data }
    }),
  }))
}

export function attendCases(): AttendCase[] {
  return readCases('attend').map(({ stored, answersOf, ...rest }) => ({
    ...rest,
    answers: stored.heads.map((head, h) => ({
      ...(head as unknown as OracleAttended),
      output: answersOf(`${h}.output`).data,
      lse: answersOf(`${h}.lse`).data,
    })),
  }))
}

export function coverageCases(): CoverageCase[] {
  return readCases('coverage').map(({ stored, answersOf, ...rest }) => {
    const heads = (stored.heads as unknown as OracleCoverage['heads']).map((head) => ({
      ...head,
      selections: head.selections.map((selection, s) => ({
        ...selection,
        mass: [...answersOf(`${head.index}.${s}.mass`).data],
        ...(rest.heads.values && { error: [...answersOf(`${head.index}.${s}.error`).data] }),
      })),
    }))
    return { ...rest, answer: { judgedRows: stored.judgedRows ?? [], heads } }
  })
}

function readCases(kind: string): Read[] {
  const inputs = readNpz(join(ANSWERS, 'inputs.npz'))
  const answers = readNpz(join(ANSWERS, `${kind}.npz`))
  const stored = JSON.parse(readFileSync(join(ANSWERS, `${kind}.json`), 'utf8')) as Stored[]
  return stored.map((one) => {
    const given = Object.entries(one.arrays).map(([role, place]) => [role, inputs[place]] as const)
    const arrays: Readonly<Record<string, NpyArray>> = Object.fromEntries(given)
    const { queries, keys, values, fitQueries } = arrays
    const heads: OracleHeads = {
      queries: matrices(queries),
      keys: matrices(keys),
      ...(values !== undefined && { values: matrices(values) }),
      ...(fitQueries !== undefined && { fitQueries: matrices(fitQueries) }),
    }
    return {
      name: one.name,
      why: one.why,
      heads,
      element: keys.dtype === '<f4' ? 'f32' : 'f64',
      options: optionsOf(one, arrays, heads) as never,
      stored: one,
      answersOf: (place: string) => answers[`${one.name}.${place}`],
    }
  })
}

/** Options with their arrays: masks, scores [Hk][n] by name, and what `true` stands for in a selection. */
function optionsOf({ options }: Stored, arrays: Readonly<Record<string, NpyArray>>, heads: OracleHeads) {
  const { keyMask, queryMask } = arrays
  const scores = Object.entries(arrays).flatMap(([role, array]) =>
    role.startsWith('scores:') ? [[role.slice('scores:'.length), perHead(array, heads)] as const] : [],
  )
  const selection = options['selection'] as Record<string, unknown> | undefined
  const filled = Object.entries(selection ?? {}).map(([name, value]) => [
    name,
    (name === 'ids' || name === 'scores') && value === true ? perHead(arrays[name], heads) : value,
  ])
  return {
    ...options,
    ...(keyMask !== undefined && { keyMask: keyMask.data }),
    ...(queryMask !== undefined && { queryMask: queryMask.data }),
    ...(scores.length > 0 && { scores: Object.fromEntries(scores) }),
    ...(selection && { selection: Object.fromEntries(filled) }),
  }
}

/** [n] for every key head, or a row [Hk, n] each. */
function perHead({ shape, data }: NpyArray, { keys }: OracleHeads): Float64Array[] {
  if (shape.length === 1) return keys.map(() => data)
  return keys.map((_, h) => data.subarray(h * shape[1], (h + 1) * shape[1]))
}

function matrices({ shape: [count, rows, cols], data }: NpyArray): DenseMatrix[] {
  return Array.from({ length: count }, (_, h) => ({
    rows,
    cols,
    data: data.subarray(h * rows * cols, (h + 1) * rows * cols),
  }))
}
