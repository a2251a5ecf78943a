// @ts-check
/** Leverage scores of whole numbers in exact arithmetic: of columns that depend on others, those are left out which change nothing. */

/** Bits that a quotient keeps behind the point: far below the least leverage that is looked at. */
const BITS = 160n

/**
 * The leverage of every row of `rows` [n][d], whole numbers, each rounded once.
 * @param {readonly (readonly number[])[]} rows
 * @returns {Float64Array} [n]
 */
export function exactLeverage(rows) {
  const kept = independentColumns(rows)
  const taken = rows.map((row) => kept.map((a) => BigInt(row[a])))
  const { adjugate, determinant } = adjugateOf(gramOf(taken))
  return Float64Array.from(taken, (row) => {
    let sum = 0n
    row.forEach((x, a) => row.forEach((y, b) => (sum += x * adjugate[a][b] * y)))
    return Number((sum << BITS) / determinant) / 2 ** Number(BITS)
  })
}

/** @param {readonly (readonly number[])[]} rows */
function independentColumns(rows) {
  const [cols] = rows.map((row) => row.length)
  /** @type {number[]} */
  let kept = []
  for (let a = 0; a < cols; a++) {
    const tried = [...kept, a]
    if (adjugateOf(gramOf(rows.map((row) => tried.map((b) => BigInt(row[b]))))).determinant !== 0n)
      kept = tried
  }
  return kept
}

/** @param {readonly (readonly bigint[])[]} rows */
function gramOf(rows) {
  const cols = rows[0].length
  const gram = Array.from({ length: cols }, () => Array.from({ length: cols }, () => 0n))
  for (const row of rows) row.forEach((x, a) => row.forEach((y, b) => (gram[a][b] += x * y)))
  return gram
}

/**
 * Fraction-free Gauss-Jordan (Bareiss 1968) of a positive semidefinite matrix, which needs no other pivots.
 * @param {readonly (readonly bigint[])[]} matrix
 */
function adjugateOf(matrix) {
  const size = matrix.length
  const work = matrix.map((row, a) => [...row, ...row.map((_, b) => (a === b ? 1n : 0n))])
  let before = 1n
  for (let k = 0; k < size; k++) {
    const pivot = work[k][k]
    if (pivot === 0n) return { determinant: 0n, adjugate: work }
    work.forEach((row, a) => {
      if (a === k) return
      const factor = row[k]
      row.forEach((x, b) => (row[b] = (pivot * x - factor * work[k][b]) / before))
    })
    before = pivot
  }
  return { determinant: before, adjugate: work.map((row) => row.slice(size)) }
}
