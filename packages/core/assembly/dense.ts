import { dotRange } from './dot-range'

// Algebra of one [dim, dim] matrix, bit for bit that of src/linalg: a fresh thread would interpret it.

/** Kernels.solveCholesky: forward by dots, then backward along the rows. */
export function solve_cholesky(x: usize, lower: usize, dim: usize): void {
  const stride = dim << 3
  for (let i: usize = 0; i < dim; i++) {
    const row = lower + i * stride
    const at = x + (i << 3)
    store<f64>(at, (load<f64>(at) - dotRange(row, x, i)) / load<f64>(row + (i << 3)))
  }
  for (let i = dim; i > 0; i--) {
    const row = lower + (i - 1) * stride
    const at = x + ((i - 1) << 3)
    const known = load<f64>(at) / load<f64>(row + ((i - 1) << 3))
    store<f64>(at, known)
    for (let k: usize = 0; k < i - 1; k++) {
      const to = x + (k << 3)
      store<f64>(to, load<f64>(to) - known * load<f64>(row + (k << 3)))
    }
  }
}

/** Kernels.equilibrate. */
export function equilibrate(out: usize, gram: usize, norms: usize, dim: usize): void {
  for (let a: usize = 0; a < dim; a++) {
    const norm = load<f64>(norms + (a << 3))
    for (let b: usize = 0; b < dim; b++) {
      const entry = load<f64>(gram + ((min(a, b) * dim + max(a, b)) << 3))
      const value = a === b ? 1 : entry / norm / load<f64>(norms + (b << 3))
      store<f64>(out + ((a * dim + b) << 3), value)
    }
  }
}
