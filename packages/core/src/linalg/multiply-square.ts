import { requireShape } from './require-shape.ts'

/** Rows of b worked on at a time: 64 rows of 1024 float64 are half a megabyte, which a second-level cache holds. (Large ones are the kernels'.) */
const PANEL_ROWS = 64

/**
 * The product a b ([dim, dim]) of `a` and `b` (both [dim, dim]).
 *
 * Every entry is the sum over k ascending of a_ik b_kj, each term rounded, then added: the order is part of the
 * contract. |result - a b| <= gamma_dim |a| |b| entry by entry (Higham 2002, eq. (3.13)). Throws
 * LevError('ShapeMismatch').
 */
export function multiplySquare(a: Float64Array, b: Float64Array, dim: number): Float64Array {
  requireShape('a', a, dim, dim)
  requireShape('b', b, dim, dim)
  const product = new Float64Array(dim * dim)
  for (let panelStart = 0; panelStart < dim; panelStart += PANEL_ROWS) {
    const panelEnd = Math.min(panelStart + PANEL_ROWS, dim)
    for (let row = 0; row < dim * dim; row += dim) {
      let k = panelStart
      for (; k + 3 < panelEnd; k += 4) addFourRows(product, row, a, b, k, dim)
      for (; k < panelEnd; k++) addRow(product, row, a[row + k], b, k, dim)
    }
  }
  return product
}

function addRow(product: Float64Array, row: number, factor: number, b: Float64Array, k: number, dim: number) {
  for (let j = 0; j < dim; j++) product[row + j] += factor * b[k * dim + j]
}

/** Rows k .. k + 3 of b, added one after the other as addRow would, with one load and store of the sum. */
function addFourRows(
  product: Float64Array,
  row: number,
  a: Float64Array,
  b: Float64Array,
  k: number,
  dim: number,
) {
  const f0 = a[row + k]
  const f1 = a[row + k + 1]
  const f2 = a[row + k + 2]
  const f3 = a[row + k + 3]
  const b0 = k * dim
  const b1 = b0 + dim
  const b2 = b1 + dim
  const b3 = b2 + dim
  for (let j = 0; j < dim; j++) {
    product[row + j] = product[row + j] + f0 * b[b0 + j] + f1 * b[b1 + j] + f2 * b[b2 + j] + f3 * b[b3 + j]
  }
}
