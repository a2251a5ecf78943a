/**
 * Typed access to test/golden: heavy pairs and leverage scores made by scripts in another language, to 80 bits or in
 * exact fractions. test/golden/README.md says how each file came about.
 *
 * Two lists a threshold: `required` must be reported, what is reported must be in `allowed`; between them lie the
 * values within a relative 1e-6 below the threshold (and, where answers are not exact fractions, above it).
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readNpy, readNpyMatrix, readNpz } from './npy.mjs'
import { row, type DenseMatrix } from './oracle.ts'

const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url))
const COMMITTED_PAIRS = join(GOLDEN, 'pairs')
const GREY = 1e-6

export interface Verdict<T> {
  readonly required: readonly T[]
  readonly allowed: readonly T[]
}

/** An exact score or leverage. */
export interface ExactValue {
  /** The double nearest to it. */
  readonly nearest: number
  /** A short fraction, or 20 digits. */
  readonly digits: string
  /** The first of the case's 1/epsilon at which value >= epsilon, exactly; null where it is heavy at none. */
  readonly heavyFrom: number | null
  /** The 1/epsilon at which |value / epsilon - 1| < 1e-6. */
  readonly greyAt: readonly number[]
}

export interface ExactPair extends ExactValue {
  readonly query: number
  readonly key: number
}

/** A singular or nearly singular input with its exact answers, p = 2. */
export interface SingularCase {
  readonly name: string
  readonly why: string
  /** [n, d]; float32 where `keysDtype` is <f4. */
  readonly keys: DenseMatrix
  readonly keysDtype: string
  readonly queries: DenseMatrix
  readonly rank: number
  readonly inverseEpsilons: readonly number[]
  /** Queries whose exact row sum is 0. */
  readonly undefinedRows: readonly number[]
  /** The last queries are G^- k_j of these keys. */
  readonly attackedKeys: readonly number[]
  /** Every pair heavy or grey at the smallest epsilon, by query, then key. */
  readonly pairs: readonly ExactPair[]
  /** Of every row. */
  readonly leverage: readonly ExactValue[]
}

type ExactRow = [number, string, number | null, ...number[]]

/** Every case of test/golden/singular, by name. */
export function singularCases(): SingularCase[] {
  const folder = join(GOLDEN, 'singular')
  const names = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return names.sort().map((file) => singularCase(folder, file.slice(0, -'.json'.length)))
}

function singularCase(folder: string, name: string): SingularCase {
  const text = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Omit<
    SingularCase,
    'keys' | 'keysDtype' | 'queries' | 'pairs' | 'leverage'
  > & { pairs: [number, number, ...ExactRow][]; leverage: ExactRow[] }
  const keysPath = join(folder, `${name}.keys.npy`)
  return {
    ...text,
    keys: readNpyMatrix(keysPath),
    keysDtype: readNpy(keysPath).dtype,
    queries: readNpyMatrix(join(folder, `${name}.queries.npy`)),
    pairs: text.pairs.map(([query, key, ...value]) => ({ query, key, ...exactValue(value) })),
    leverage: text.leverage.map(exactValue),
  }
}

function exactValue([nearest, digits, heavyFrom, ...greyAt]: ExactRow): ExactValue {
  return { nearest, digits, heavyFrom, greyAt }
}

/** What of `values` is heavy at 1/inverseEpsilon; a value exactly at the threshold is required. */
export function exactlyHeavy<T extends ExactValue>(values: readonly T[], inverseEpsilon: number): Verdict<T> {
  const heavy = (value: T) => value.heavyFrom !== null && value.heavyFrom <= inverseEpsilon
  return {
    required: values.filter(heavy),
    allowed: values.filter((value) => heavy(value) || value.greyAt.includes(inverseEpsilon)),
  }
}

/** Row ids of the universal set of a singular case. */
export function exactUniversalSet({ leverage }: SingularCase, inverseEpsilon: number): Verdict<number> {
  const { required, allowed } = exactlyHeavy(
    leverage.map((value, rowId) => ({ ...value, rowId })),
    inverseEpsilon,
  )
  return { required: required.map(({ rowId }) => rowId), allowed: allowed.map(({ rowId }) => rowId) }
}

export type QueryKind = 'own' | 'inverse' | 'singular' | 'nearNull' | 'unit' | 'zero'

/** Counts and digests at one epsilon. Grey pairs and keys are in neither count nor digest. */
export interface GoldenSummary {
  readonly epsilon: number
  readonly pairs: number
  readonly greyPairs: readonly (readonly [query: number, key: number])[]
  /** sha256 = idsDigest(query ids, key ids). */
  readonly groups: Readonly<Record<QueryKind, { pairs: number; sha256: string }>>
  /** sha256 = idsDigest(row ids, ascending). */
  readonly universal: { readonly size: number; readonly grey: readonly number[]; readonly sha256: string }
}

/** A set of ../shared/data with its answers; pairs and queries are committed where `copyable`. */
export interface GoldenSet {
  readonly name: string
  /** Below ../shared/data. */
  readonly keysFile: string
  readonly keysSha256: string
  readonly rows: number
  readonly cols: number
  readonly copyable: boolean
  readonly rank: number
  readonly condition: number
  readonly equilibratedCondition: number
  readonly maxLeverage: number
  readonly queryCount: number
  /** Of the float64 query matrix, row-major little-endian. */
  readonly queriesSha256: string
  /** Own query i is row floor(i of / count) of the queries file, or of the keys. */
  readonly ownRows: { readonly from: 'queries' | 'keys'; readonly count: number; readonly of: number }
  /** Half-open row ranges of the query matrix, in order. */
  readonly groups: readonly { readonly kind: QueryKind; readonly rowStart: number; readonly rowEnd: number }[]
  readonly undefinedQueries: readonly number[]
  /** Committed leverage scores are those from here up. */
  readonly leverageFloor?: number
  readonly epsilons: readonly GoldenSummary[]
}

export interface GoldenPair {
  readonly query: number
  readonly key: number
  readonly score: number
}

/** The sets of `folder`: test/golden/pairs, or what make_pairs.py --out wrote. */
export function goldenSets(folder = COMMITTED_PAIRS): GoldenSet[] {
  return (JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { sets: GoldenSet[] }).sets
}

/** Pairs down to the smallest epsilon, by query, then key; undefined where `folder` does not hold them. */
export function goldenPairs(set: GoldenSet, folder = COMMITTED_PAIRS): GoldenPair[] | undefined {
  const path = join(folder, `${set.name}.pairs.npz`)
  if (!existsSync(path)) return undefined
  const { query, key, score } = readNpz(path)
  return Array.from(score.data, (value, i) => ({ query: query.data[i], key: key.data[i], score: value }))
}

export function heavyAt(pairs: readonly GoldenPair[], epsilon: number): Verdict<GoldenPair> {
  return {
    required: pairs.filter(({ score }) => score >= epsilon * (1 + GREY)),
    allowed: pairs.filter(({ score }) => score >= epsilon * (1 - GREY)),
  }
}

/**
 * The query matrix [queryCount, d]. `own` is the set's queries file, or its keys, as `ownRows.from` says. Undefined
 * where `folder` holds neither the queries nor the derived ones.
 */
export function goldenQueries(
  set: GoldenSet,
  own: DenseMatrix,
  folder = COMMITTED_PAIRS,
): DenseMatrix | undefined {
  const whole = join(folder, `${set.name}.queries.npy`)
  if (existsSync(whole)) return readNpyMatrix(whole)
  const derived = join(folder, `${set.name}.derived.npy`)
  return existsSync(derived) ? assembledQueries(set, own, readNpyMatrix(derived)) : undefined
}

function assembledQueries(set: GoldenSet, own: DenseMatrix, derived: DenseMatrix): DenseMatrix {
  const { count, of } = set.ownRows
  const data = new Float64Array(set.queryCount * set.cols)
  for (let i = 0; i < count; i++) data.set(row(own, Math.floor((i * of) / count)), i * set.cols)
  data.set(derived.data, count * set.cols)
  for (let a = 0; a < set.cols; a++) data[(count + derived.rows + a) * set.cols + a] = 1
  return { rows: set.queryCount, cols: set.cols, data }
}

/** Leverage by row id: of every row from a make_pairs.py folder, from `leverageFloor` up of the committed ones. */
export function goldenLeverage(set: GoldenSet, folder = COMMITTED_PAIRS): Map<number, number> | undefined {
  const path = join(folder, `${set.name}.leverage.npy`)
  if (!existsSync(path)) return undefined
  const { shape, data } = readNpy(path)
  if (shape.length === 1) return new Map(data.entries())
  return new Map(Array.from({ length: shape[0] }, (_, i) => [data[2 * i], data[2 * i + 1]]))
}
