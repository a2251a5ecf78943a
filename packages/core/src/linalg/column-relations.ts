/** Columns that are sums of whole multiples of others, as far as a Gram tells: what is to be tried on the rows. */
export interface ColumnRelations {
  /** Columns that no relation is about, ascending: the others are combinations of them. */
  readonly kept: readonly number[]
  /** [relations, dim] whole numbers: each times the columns sums to 0, if the relation holds. */
  readonly relations: Float64Array
}

/** What is left of a column's squared length beside the others: below this it may depend on them. */
const DEPENDENT = 1e-9
/** Multiples are tried up to this denominator. */
const LARGEST_DENOMINATOR = 24
/** Largest numerator, and how near to a whole number a multiple is. */
const [LARGEST_MULTIPLE, NEAR] = [2 ** 20, 1e-5] as const

/**
 * Of columns with this `gram` [dim, dim], symmetric: undefined where none depends on others, or where one that does is no combination
 * with simple fractions. An intercept beside all columns of a factor is one, and so is a column that stands there twice.
 */
export function columnRelations(gram: Float64Array, dim: number): ColumnRelations | undefined {
  const lengths = Float64Array.from({ length: dim }, (_, a) => Math.sqrt(gram[a * (dim + 1)]))
  const { pivots, rows } = pivotedRows(gram, lengths, dim)
  if (pivots.length === dim) return undefined
  const others = Array.from({ length: dim }, (_, a) => a).filter((a) => !pivots.includes(a))
  const relations = new Float64Array(others.length * dim)
  for (const [r, column] of others.entries()) {
    const relation = relations.subarray(r * dim, (r + 1) * dim)
    if (lengths[column] === 0) relation[column] = 1
    else if (!setRelation(relation, column, multiplesOf(column, pivots, rows, lengths), pivots))
      return undefined
  }
  return { kept: pivots.toSorted((a, b) => a - b), relations }
}

/** Cholesky of the equilibrated Gram by the largest pivots: rows [pivot][dim] of Rᵀ R = G over the pivots that stand apart. */
function pivotedRows(gram: Float64Array, lengths: Float64Array, dim: number) {
  const left = Float64Array.from(lengths, (length) => (length > 0 ? 1 : 0))
  const pivots: number[] = []
  const rows: Float64Array[] = []
  while (pivots.length < dim) {
    const pivot = left.reduce((best, value, a) => (value > left[best] ? a : best), 0)
    if (!(left[pivot] > DEPENDENT)) break
    const root = Math.sqrt(left[pivot])
    const row = new Float64Array(dim)
    for (const before of rows) addTimes(row, before, before[pivot])
    for (let a = 0; a < dim; a++) {
      const own = gram[pivot * dim + a] / (lengths[pivot] * lengths[a])
      row[a] = lengths[a] === 0 ? 0 : (own - row[a]) / root
    }
    for (let a = 0; a < dim; a++) left[a] -= row[a] * row[a]
    left[pivot] = 0
    pivots.push(pivot)
    rows.push(row)
  }
  return { pivots, rows }
}

function addTimes(sum: Float64Array, vector: Float64Array, factor: number): void {
  for (let a = 0; a < sum.length; a++) sum[a] += factor * vector[a]
}

/** What each pivot column is multiplied by in the combination that `column` is nearest to. */
function multiplesOf(
  column: number,
  pivots: readonly number[],
  rows: readonly Float64Array[],
  lengths: Float64Array,
): number[] {
  const multiples = rows.map((row) => row[column])
  for (let i = pivots.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < pivots.length; j++) multiples[i] -= rows[i][pivots[j]] * multiples[j]
    multiples[i] /= rows[i][pivots[i]]
  }
  return multiples.map((multiple, i) => (multiple * lengths[column]) / lengths[pivots[i]])
}

/** q column - Σ p pivot, for the least q for which every p is near a whole number; false where none is. */
function setRelation(
  relation: Float64Array,
  column: number,
  multiples: readonly number[],
  pivots: readonly number[],
): boolean {
  for (let q = 1; q <= LARGEST_DENOMINATOR; q++) {
    const whole = multiples.map((multiple) => Math.round(q * multiple))
    const isNear = whole.every(
      (p, i) => Math.abs(p) <= LARGEST_MULTIPLE && Math.abs(p - q * multiples[i]) <= NEAR,
    )
    if (!isNear) continue
    relation[column] = q
    pivots.forEach((pivot, i) => (relation[pivot] = -whole[i]))
    return true
  }
  return false
}
