// What is made of every number of a row by itself, and sums of few.

/** Kernels.scaleRows, in float64, then rounded to O. */
template <class T, class O> LEV_INLINE void scaleRows(O *out, const T *rows, const double *factors, size_t rowCount, size_t dim) {
  for (size_t r = 0; r < rowCount; r++)
    for (size_t i = r * dim; i < (r + 1) * dim; i++) out[i] = static_cast<O>(static_cast<double>(rows[i]) * factors[r]);
}

void scaleRowsF32(double *out, const float *rows, const double *factors, size_t rowCount, size_t dim) {
  scaleRows(out, rows, factors, rowCount, dim);
}
void scaleRowsF64(double *out, const double *rows, const double *factors, size_t rowCount, size_t dim) {
  scaleRows(out, rows, factors, rowCount, dim);
}
void scaleRowsToF32(float *out, const double *rows, const double *factors, size_t rowCount, size_t dim) {
  scaleRows(out, rows, factors, rowCount, dim);
}

/** Kernels.rowDots, four rows at a time: their sums hide each other's latency. */
void rowDots(double *out, const double *left, const double *right, size_t rowCount, size_t dim) {
  size_t r = 0;
  for (; r + 4 <= rowCount; r += 4, left += 4 * dim, right += 4 * dim) {
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (size_t a = 0; a < dim; a++) {
      s0 += left[a] * right[a];
      s1 += left[dim + a] * right[dim + a];
      s2 += left[2 * dim + a] * right[2 * dim + a];
      s3 += left[3 * dim + a] * right[3 * dim + a];
    }
    out[r] = s0;
    out[r + 1] = s1;
    out[r + 2] = s2;
    out[r + 3] = s3;
  }
  for (; r < rowCount; r++, left += dim, right += dim) {
    double sum = 0;
    for (size_t a = 0; a < dim; a++) sum += left[a] * right[a];
    out[r] = sum;
  }
}

/** Kernels.moveSum. */
void moveSum(double *into, double *from, size_t length) {
  for (size_t i = 0; i < length; i++) into[i] += from[i];
  std::memset(from, 0, length * sizeof(double));
}
