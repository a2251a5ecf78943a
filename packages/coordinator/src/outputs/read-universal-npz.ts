import {
  factorOf,
  firstStep,
  GramSum,
  isQuadratic,
  LevError,
  multiplySquare,
  REGULAR_BELOW_SLACK,
  transpose,
  type UniversalFile,
  UNIT_ROUNDOFF_F64,
} from '@levattention/core/internal'
import { type Meta, type ResultArrays, ROW_ID_TYPES, withResult } from './result-arrays.ts'
import { validateUniversalNpz } from './validate-universal-npz.ts'

/** U and what it was made of, as queries need them. */
export type SearchedSet = Pick<UniversalFile, 'universal' | 'origin'>

/**
 * The universal set in a u.npz, for queries: of p = 2 where every query is covered by the factor in it alone, whose product is then the
 * Gram matrix but for rounding that `thresholdSlack` bounds. Throws Content where a number of it is wrong, Option for other sets, of which the
 * .lev knows more.
 */
export function universalFromNpz(path: string): SearchedSet {
  validateUniversalNpz(path)
  return withResult(path, (arrays) => {
    const meta = arrays.meta()
    const refusal = refusedAs(arrays, meta)
    if (refusal !== undefined) throw needsLev(path, refusal)
    const [count, dim] = arrays.shape('keys', 2)
    const rowCount = meta.integer('n', 0)
    const keys = arrays.all('keys', ['f32', 'f64'], count, dim)
    const gram = gramOf(arrays, meta, keys, dim, rowCount)
    const step = gram && firstStep(gram)
    if (!step || !(step.slack < REGULAR_BELOW_SLACK)) throw needsLev(path, 'of nearly dependent keys')
    const universal = {
      p: 2,
      epsilon: meta.number('epsilon', 0, 1),
      rowCount,
      dim,
      rowIds: arrays.all('rowIds', ROW_ID_TYPES, count),
      bounds: arrays.all('bounds', ['f64'], count),
      keys: arrays.type('keys') === 'f32' ? Float32Array.from(keys) : keys,
      factor: factorOf(step, rowCount),
    }
    const origin = {
      gram,
      ranges: meta.ranges('rows', rowCount),
      shardSquaredNorms: new Float64Array(0),
      shardRows: 0,
      ...seenOf(meta),
    }
    return { universal, origin }
  })
}

/** Why a set cannot be searched by its factor alone. */
function refusedAs(arrays: ResultArrays, meta: Meta): string | undefined {
  if (meta.truth('causal')) return 'of a causal set'
  const p = meta.number('p', 0, Number.MAX_VALUE)
  if (!isQuadratic({ p })) return `of p = ${p}`
  if (arrays.has('factors')) return 'of a set by sketches'
  const isRidge = meta.number('ridge', 0, 1) > 0 || meta.has('dropRidge') || arrays.has('forward')
  return isRidge ? 'of nearly dependent keys' : undefined
}

/**
 * G = L Lᵀ. Whatever made L, |q̂ᵀ(L Lᵀ - G)q̂| <= thresholdSlack q̂ᵀGq̂ for every q, as the set is regular (theory.md section 8), so an entry
 * is off by no more than thresholdSlack sqrt(G_aa G_bb), and the product adds gamma_d of the same. Twice that, told as the depth of a sum.
 * undefined where it is not known which columns are zero: their rows of L are unit ones.
 */
function gramOf(
  arrays: ResultArrays,
  meta: Meta,
  keys: Float64Array,
  dim: number,
  rowCount: number,
): GramSum | undefined {
  const lower = arrays.all('factor', ['f64'], dim, dim)
  const gram = multiplySquare(lower, transpose(lower, dim), dim)
  const zeros = Array.from({ length: dim }, (_, a) => a).filter(
    (a) => isUnit(lower, a, dim) && keys.every((value, at) => at % dim !== a || value === 0),
  )
  if (zeros.length !== dim - meta.integer('rank', 0, dim)) return undefined
  for (const a of zeros) gram[a * (dim + 1)] = 0
  for (let a = 0; a < dim; a++) gram.fill(0, a * dim, a * dim + a)
  const slack = meta.number('thresholdSlack', 0, 1)
  const depth = Math.ceil((2 * slack) / UNIT_ROUNDOFF_F64) + 4 * dim + 16
  const exponents = Int32Array.from(arrays.all('exponents', ['i32', 'i64'], dim))
  return new GramSum(dim, { gram, exponents, rowCount, depth })
}

/** Row and column `a` of L are those of the identity. */
function isUnit(lower: Float64Array, a: number, dim: number): boolean {
  for (let b = 0; b < dim; b++) {
    const wanted = a === b ? 1 : 0
    if (lower[a * dim + b] !== wanted || lower[b * dim + a] !== wanted) return false
  }
  return true
}

function seenOf(meta: Meta): Pick<SearchedSet['origin'], 'seen'> {
  const keyRows = meta.has('keyRows') ? meta.range('keyRows') : undefined
  const keyMaskDigest = meta.has('keyMaskDigest') ? meta.digest('keyMaskDigest') : undefined
  if ((keyRows ?? keyMaskDigest) === undefined) return {}
  return { seen: { ...(keyRows && { keyRows }), ...(keyMaskDigest !== undefined && { keyMaskDigest }) } }
}

function needsLev(path: string, what: string): LevError {
  const message = `${path} is ${what}, and of those a .npz holds less than a search needs: name the .lev of the same build, as in \`--universal u.lev\``
  return new LevError('Option', message, { file: path, option: 'universal' })
}
