import { PANEL_ROWS } from './kernels.ts'

type Rows = Float32Array | Float64Array

/** See Kernels.addGram. */
export function addGram(gram: Float64Array, rows: Rows, rowCount: number, dim: number): void {
  const sums = new Float64Array(dim * dim)
  for (let panelStart = 0; panelStart < rowCount; panelStart += PANEL_ROWS) {
    const panelEnd = Math.min(panelStart + PANEL_ROWS, rowCount)
    sums.fill(0)
    for (let r = panelStart; r < panelEnd; r++) addOuterProduct(sums, rows, r * dim, dim)
    for (let a = 0; a < dim; a++) {
      for (let b = a; b < dim; b++) gram[a * dim + b] += sums[a * dim + b]
    }
  }
}

/** See Kernels.addGrams. */
export function addGrams(
  grams: Float64Array,
  rows: Rows,
  rowCount: number,
  count: number,
  dim: number,
): void {
  for (let i = 0; i < count; i++)
    addGram(grams.subarray(i * dim * dim), rows.subarray(i * rowCount * dim), rowCount, dim)
}

function addOuterProduct(sums: Float64Array, rows: Rows, rowOffset: number, dim: number): void {
  for (let a = 0; a < dim; a++) {
    const value = rows[rowOffset + a]
    for (let b = a; b < dim; b++) sums[a * dim + b] += value * rows[rowOffset + b]
  }
}

/** See Kernels.multiply. */
export function multiply(
  out: Float64Array,
  rows: Rows,
  matrix: Float64Array,
  rowCount: number,
  dim: number,
  outDim: number,
): void {
  out.fill(0, 0, rowCount * outDim)
  for (let r = 0; r < rowCount; r++) {
    for (let a = 0; a < dim; a++) {
      const value = rows[r * dim + a]
      for (let j = 0; j < outDim; j++) out[r * outDim + j] += value * matrix[a * outDim + j]
    }
  }
}

/** See Kernels.leverage. */
export function leverage(
  tau: Float64Array,
  rows: Rows,
  lower: Float64Array,
  rowCount: number,
  dim: number,
  whitened?: Float64Array,
): void {
  const x = new Float64Array(dim)
  for (let r = 0; r < rowCount; r++) {
    solveLower(x, rows, r * dim, lower, dim)
    let sum = 0
    for (let i = 0; i < dim; i++) sum += x[i] * x[i]
    tau[r] = sum
    whitened?.set(x, r * dim)
  }
}

function solveLower(x: Float64Array, rows: Rows, rowOffset: number, lower: Float64Array, dim: number): void {
  for (let i = 0; i < dim; i++) {
    let sum = 0
    for (let b = 0; b < i; b++) sum += lower[i * dim + b] * x[b]
    x[i] = (rows[rowOffset + i] - sum) / lower[i * dim + i]
  }
}

/** See Kernels.weightedNorms. */
export function weightedNorms(
  out: Float64Array,
  rows: Rows,
  weights: Float64Array,
  rowCount: number,
  dim: number,
): void {
  for (let r = 0; r < rowCount; r++) {
    let sum = 0
    for (let a = 0; a < dim; a++) {
      const value = rows[r * dim + a]
      sum += value * value * weights[a]
    }
    out[r] = sum
  }
}
