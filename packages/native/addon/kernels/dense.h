// Algebra of one [dim, dim] matrix: Cholesky and solves, bit for bit those of core's linalg.

typedef double Four __attribute__((vector_size(32)));

LEV_INLINE Four loadFour(const double *from) {
  Four v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

/** Four partial sums of every fourth product; terms wide .. count - 1 go to the first. */
LEV_INLINE double foldDot(Four sums, const double *left, const double *right, size_t wide, size_t count) {
  double first = sums[0];
  for (size_t k = wide; k < count; k++) first += left[k] * right[k];
  return first + sums[1] + (sums[2] + sums[3]);
}

LEV_INLINE double dotRange(const double *left, const double *right, size_t count) {
  const size_t wide = count & ~size_t{3};
  Four sums = Four{};
  for (size_t k = 0; k < wide; k += 4) sums = sums + loadFour(left + k) * loadFour(right + k);
  return foldDot(sums, left, right, wide, count);
}

/** Kernels.cholesky: -1, or the row of the first pivot that is not positive and finite, which stays on the diagonal. */
int32_t cholesky(double *lower, const double *matrix, size_t dim) {
  for (size_t i = 0; i < dim; i++) {
    double *row = lower + i * dim;
    const double *source = matrix + i * dim;
    // The columns of a four are summed as far as the last four together: their sums hide each other's latency.
    for (size_t j = 0; j < i; j += 4) {
      const double *columns = lower + j * dim;
      const size_t count = least(4, i - j);
      Four sums[4] = {Four{}, Four{}, Four{}, Four{}};
      if (count == 4) {
        for (size_t k = 0; k < j; k += 4) {
          const Four x = loadFour(row + k);
          LEV_UNROLL
          for (size_t t = 0; t < 4; t++) sums[t] = sums[t] + x * loadFour(columns + t * dim + k);
        }
      } else {
        for (size_t t = 0; t < count; t++)
          for (size_t k = 0; k < j; k += 4) sums[t] = sums[t] + loadFour(row + k) * loadFour(columns + t * dim + k);
      }
      for (size_t t = 0; t < count; t++) {
        const double rest = source[j + t] - foldDot(sums[t], row, columns + t * dim, j, j + t);
        row[j + t] = rest / columns[t * dim + j + t];
      }
    }
    const double pivot = source[i] - dotRange(row, row, i);
    std::memset(row + i, 0, (dim - i) * sizeof(double));
    const bool isUsable = pivot > 0 && pivot < __builtin_inf();
    row[i] = isUsable ? std::sqrt(pivot) : pivot;
    if (!isUsable) return static_cast<int32_t>(i);
  }
  return -1;
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
