// Of one [dim, dim] matrix: solves and the scaling to a unit diagonal, bit for bit those of core's linalg.

typedef double Four __attribute__((vector_size(32)));

LEV_INLINE Four loadFour(const double *from) {
  Four v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

/** Four partial sums of every fourth product; what is left goes to the first. */
LEV_INLINE double dotRange(const double *left, const double *right, size_t count) {
  const size_t wide = count & ~size_t{3};
  Four sums = Four{};
  for (size_t k = 0; k < wide; k += 4) sums = sums + loadFour(left + k) * loadFour(right + k);
  double first = sums[0];
  for (size_t k = wide; k < count; k++) first += left[k] * right[k];
  return first + sums[1] + (sums[2] + sums[3]);
}

/** Kernels.solveCholesky: forward by dots, then backward along the rows. */
void solveCholesky(double *x, const double *lower, size_t dim) {
  for (size_t i = 0; i < dim; i++) x[i] = (x[i] - dotRange(lower + i * dim, x, i)) / lower[i * dim + i];
  for (size_t i = dim; i-- > 0;) {
    const double known = x[i] / lower[i * dim + i];
    x[i] = known;
    for (size_t k = 0; k < i; k++) x[k] -= known * lower[i * dim + k];
  }
}

/** Kernels.equilibrate. */
void equilibrate(double *out, const double *gram, const double *norms, size_t dim) {
  for (size_t a = 0; a < dim; a++)
    for (size_t b = 0; b < dim; b++) {
      const double entry = gram[(a < b ? a : b) * dim + (a < b ? b : a)];
      out[a * dim + b] = a == b ? 1 : entry / norms[a] / norms[b];
    }
}
