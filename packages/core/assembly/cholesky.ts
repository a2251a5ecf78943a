import { dotRange, dotsOfPairs, joined, PAIRS_BYTES } from './dot-range'

// Kernels.cholesky in blocks of rows, each entry by the very dot of linalg/cholesky.ts: two rows by two columns at a time share
// their loads, and a block of rows passes over the factor so far once.

/** Scratch: the partial sums of a pair of rows with four columns. */
export function cholesky_scratch(): usize {
  return 2 * PAIRS_BYTES
}

/**
 * Rows `start` .. `end` - 1 of the factor, `start` a multiple of 4, from `matrix` and the rows before: -1, or the row of the first
 * pivot that is not positive and finite, which stays on the diagonal.
 */
export function cholesky_rows(
  lower: usize, matrix: usize, dim: usize, start: usize, end: usize, scratch: usize,
): i32 {
  const stride = dim << 3
  for (let i = start; i < end; i++) {
    memory.copy(lower + i * stride, matrix + i * stride, (i + 1) << 3)
    memory.fill(lower + i * stride + ((i + 1) << 3), 0, (dim - i - 1) << 3)
  }
  for (let j: usize = 0; j < end; j += 4) {
    let first = start
    if (j >= start) {
      first = min(j + 4, end)
      for (let i = j; i < first; i++) if (!finishPivot(lower, stride, i, j)) return <i32>i
    }
    for (let i = first; i < end; i += 2) {
      const row = lower + i * stride
      if (i + 1 < end) finishPair(row, lower + j * stride, stride, j, scratch)
      else for (let c = j; c < j + 4; c++) finishEntry(row, lower + c * stride, c)
    }
  }
  return -1
}

/** Row i's entries from column `j` on, and its pivot. */
function finishPivot(lower: usize, stride: usize, i: usize, j: usize): bool {
  const row = lower + i * stride
  for (let c = j; c < i; c++) finishEntry(row, lower + c * stride, c)
  const at = row + (i << 3)
  const pivot = load<f64>(at) - dotRange(row, row, i)
  const isUsable = pivot > 0 && pivot < Infinity
  store<f64>(at, isUsable ? Math.sqrt(pivot) : pivot)
  return isUsable
}

function finishEntry(row: usize, column: usize, c: usize): void {
  const at = c << 3
  store<f64>(row + at, (load<f64>(row + at) - dotRange(row, column, c)) / load<f64>(column + at))
}

/** Columns j .. j + 3 of two rows; `columns` is row j of the factor. */
function finishPair(row: usize, columns: usize, stride: usize, j: usize, scratch: usize): void {
  dotsOfPairs(scratch, row, stride, columns, stride, j)
  dotsOfPairs(scratch + PAIRS_BYTES, row, stride, columns + 2 * stride, stride, j)
  for (let t: usize = 0; t < 4; t++) {
    const sums = scratch + (t >> 1) * PAIRS_BYTES + ((t & 1) << 5)
    finishColumn(row, columns, stride, j, t, sums)
    finishColumn(row + stride, columns, stride, j, t, sums + 64)
  }
}

/** Column j + t, whose dot's last t products go to the first partial sum. */
function finishColumn(row: usize, columns: usize, stride: usize, j: usize, t: usize, sums: usize): void {
  const column = columns + t * stride + (j << 3)
  const own = row + (j << 3)
  let s0 = load<f64>(sums)
  for (let k: usize = 0; k < t; k++) s0 += load<f64>(own + (k << 3)) * load<f64>(column + (k << 3))
  const rest = load<f64>(own + (t << 3)) - joined(s0, v128.load(sums), v128.load(sums, 16))
  store<f64>(own + (t << 3), rest / load<f64>(column + (t << 3)))
}
