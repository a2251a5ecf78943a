// Kernels.symmetricEigenvalues: Householder's tridiagonal form, then implicit QL, bit for bit core's linalg.

/** The e with 2^e <= value < 2^(e + 1), -1023 for subnormals. */
LEV_INLINE int64_t exponentOf(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return static_cast<int64_t>(bits >> 52 & 0x7ff) - 1023;
}

/** 2^exponent, which is clamped to what is normal. */
LEV_INLINE double powerOfTwo(int64_t exponent) {
  const int64_t clamped = exponent < -1022 ? -1022 : exponent > 1023 ? 1023 : exponent;
  const uint64_t bits = static_cast<uint64_t>(clamped + 1023) << 52;
  double value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

/** The row's first `count` entries become u; returns |u|² / 2, or 0 where nothing need be done. */
LEV_INLINE double makeReflector(double *row, size_t count, double *target) {
  double *last = row + count - 1;
  double largest = 0;
  for (double *at = row; at < last; at++) largest = std::fabs(*at) > largest ? std::fabs(*at) : largest;
  if (largest == 0) {
    *target = *last;
    return 0;
  }
  largest = std::fabs(*last) > largest ? std::fabs(*last) : largest;
  const double scale = powerOfTwo(-exponentOf(largest));
  for (double *at = row; at <= last; at++) *at *= scale;
  const double norm = std::sqrt(dotRange(row, row, count)), leading = *last;
  const double image = leading > 0 ? -norm : norm;
  *target = image / scale;
  *last = leading - image;
  return norm * norm - leading * image;
}

/** image <- A u for the leading block A of which the lower triangle is stored. */
LEV_INLINE void multiplyLowerSymmetric(const double *work, size_t dim, size_t count, const double *u, double *image) {
  for (size_t j = 0; j < count; j++) {
    const double *row = work + j * dim;
    double sum = row[j] * u[j];
    for (size_t k = 0; k < j; k++) {
      sum += row[k] * u[k];
      image[k] += row[k] * u[j];
    }
    image[j] = sum;
  }
}

/** Leading [count, count] block A <- P A P with P of row `count`. */
LEV_INLINE void reflectLeading(double *work, size_t dim, size_t count, double half, double *image) {
  const double *u = work + count * dim;
  multiplyLowerSymmetric(work, dim, count, u, image);
  double product = 0;
  for (size_t j = 0; j < count; j++) {
    image[j] /= half;
    product += image[j] * u[j];
  }
  const double shift = product / (2 * half);
  for (size_t j = 0; j < count; j++) image[j] -= shift * u[j];
  for (size_t j = 0; j < count; j++) {
    double *row = work + j * dim;
    for (size_t k = 0; k <= j; k++) row[k] -= u[j] * image[k] + image[j] * u[k];
  }
}

/** From the last row upwards. */
LEV_INLINE void tridiagonalise(double *work, double *diagonal, double *offDiagonal, size_t dim, double *image) {
  std::memset(offDiagonal, 0, dim * sizeof(double));
  for (size_t i = dim - 1; i > 0; i--) {
    double *row = work + i * dim;
    diagonal[i] = row[i];
    const double half = makeReflector(row, i, offDiagonal + i - 1);
    if (half > 0) reflectLeading(work, dim, i, half, image);
  }
  diagonal[0] = work[0];
}

constexpr size_t SWEEPS_PER_VALUE = 30;
constexpr double UNIT_ROUNDOFF = 1.1102230246251565e-16;
/** 2^-500 */
constexpr double NEGLIGIBLE = 3.054936363499605e-151;

LEV_INLINE double hypotenuse(double a, double b) {
  const double x = std::fabs(a), y = std::fabs(b);
  const double large = x > y ? x : y, small = x > y ? y : x;
  if (large == 0) return 0;
  const double ratio = small / large;
  return large * std::sqrt(1 + ratio * ratio);
}

/** The last index of the unreduced block that begins at `start`. */
LEV_INLINE size_t blockEnd(const double *diagonal, const double *offDiagonal, size_t start, size_t dim) {
  size_t i = start;
  for (; i < dim - 1; i++) {
    const double size = std::fabs(offDiagonal[i]), sum = std::fabs(diagonal[i]) + std::fabs(diagonal[i + 1]);
    if (size <= UNIT_ROUNDOFF * sum || size <= NEGLIGIBLE) break;
  }
  return i;
}

/** The eigenvalue of [[first, off], [off, second]] nearer to `first`. */
LEV_INLINE double wilkinsonShift(double first, double second, double off) {
  const double ratio = (second - first) / (2 * off), root = hypotenuse(ratio, 1);
  return first - off / (ratio >= 0 ? ratio + root : ratio - root);
}

/** One QL step on the block start..last. */
LEV_INLINE void sweep(double *diagonal, double *offDiagonal, size_t start, size_t last) {
  double cosine = 1, sine = 1, carried = 0;
  double g = diagonal[last] - wilkinsonShift(diagonal[start], diagonal[start + 1], offDiagonal[start]);
  for (size_t i = last; i > start; i--) {
    const double f = sine * offDiagonal[i - 1], b = cosine * offDiagonal[i - 1];
    const double radius = hypotenuse(f, g);
    offDiagonal[i] = radius;
    if (radius == 0) {
      diagonal[i] -= carried;
      offDiagonal[last] = 0;
      return;
    }
    sine = f / radius;
    cosine = g / radius;
    const double reduced = diagonal[i] - carried;
    const double mixed = (diagonal[i - 1] - reduced) * sine + 2 * cosine * b;
    carried = sine * mixed;
    diagonal[i] = reduced + carried;
    g = cosine * mixed - b;
  }
  diagonal[start] -= carried;
  offDiagonal[start] = g;
  offDiagonal[last] = 0;
}

/** -1, or the number of the value that did not converge. */
LEV_INLINE int32_t implicitQl(double *diagonal, double *offDiagonal, size_t dim) {
  size_t sweepsLeft = SWEEPS_PER_VALUE * dim;
  for (size_t start = 0; start < dim; start++) {
    for (size_t last; (last = blockEnd(diagonal, offDiagonal, start, dim)) != start; sweepsLeft--) {
      if (sweepsLeft == 0) return static_cast<int32_t>(start);
      sweep(diagonal, offDiagonal, start, last);
    }
  }
  return -1;
}

/** scratch: the matrix [dim, dim], the off-diagonal [dim], an image [dim]. */
int32_t symmetricEigenvalues(double *values, const double *matrix, size_t dim, double *scratch) {
  if (dim == 0) return -1;
  double *offDiagonal = scratch + dim * dim;
  double largest = 0;
  for (size_t i = 0; i < dim; i++)
    for (size_t j = 0; j <= i; j++) {
      const double size = std::fabs(matrix[i * dim + j]);
      if (!(size < __builtin_inf())) return 0;
      largest = size > largest ? size : largest;
    }
  const int64_t found = largest == 0 ? 0 : exponentOf(largest);
  const int64_t exponent = found < -1022 ? -1022 : found > 1022 ? 1022 : found;
  const double scale = powerOfTwo(-exponent);
  for (size_t i = 0; i < dim; i++)
    for (size_t j = 0; j <= i; j++) scratch[i * dim + j] = matrix[i * dim + j] * scale;
  tridiagonalise(scratch, values, offDiagonal, dim, offDiagonal + dim);
  const int32_t stuck = implicitQl(values, offDiagonal, dim);
  const double unscale = powerOfTwo(exponent);
  // + 0 makes -0 a 0.
  for (size_t i = 0; i < dim; i++) values[i] = values[i] * unscale + 0.0;
  return stuck;
}
