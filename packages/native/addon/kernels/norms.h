// Sums over single rows. Where an order is promised lanes are rows, or rows are taken four at a time: their sums hide each other's latency.

/** Columns that are transposed at a time. */
constexpr size_t NORM_COLUMNS = 64;

/** Kernels.weightedNorms. */
template <class T> LEV_INLINE void weightedNorms(double *out, const T *rows, const double *weights, size_t rowCount, size_t dim) {
  double panel[NORM_COLUMNS * WIDTH], sums[WIDTH];
  for (size_t r = 0; r < rowCount; r += WIDTH) {
    const size_t count = least(WIDTH, rowCount - r);
    F64 first = F64{}, second = F64{};
    for (size_t a = 0; a < dim; a += NORM_COLUMNS) {
      const size_t columns = least(NORM_COLUMNS, dim - a);
      packPanel<WIDTH>(rows + r * dim + a, dim, count, columns, panel);
      for (size_t c = 0; c < columns; c++) {
        const F64 weight = splat(weights[a + c]);
        const F64 x = load(panel + c * WIDTH), y = load(panel + c * WIDTH + LANES64);
        first = first + x * x * weight;
        second = second + y * y * weight;
      }
    }
    store(sums, first);
    store(sums + LANES64, second);
    std::memcpy(out + r, sums, count * sizeof(double));
  }
}

void weightedNormsF32(double *out, const float *rows, const double *weights, size_t rowCount, size_t dim) {
  weightedNorms(out, rows, weights, rowCount, dim);
}
void weightedNormsF64(double *out, const double *rows, const double *weights, size_t rowCount, size_t dim) {
  weightedNorms(out, rows, weights, rowCount, dim);
}

template <class T> struct VectorOf;
template <> struct VectorOf<float> {
  using Type = F32;
  static constexpr size_t lanes = LANES32;
};
template <> struct VectorOf<double> {
  using Type = F64;
  static constexpr size_t lanes = LANES64;
};

/** Of two vectors the sums of neighbours: those of `a`, then those of `b`. */
template <class V, size_t... lane> LEV_INLINE V addNeighbours(V a, V b, std::index_sequence<lane...>) {
#ifdef __clang__
  return __builtin_shufflevector(a, b, (2 * lane)...) + __builtin_shufflevector(a, b, (2 * lane + 1)...);
#else
  using Lanes = decltype(a < b);
  return __builtin_shuffle(a, b, Lanes{(2 * lane)...}) + __builtin_shuffle(a, b, Lanes{(2 * lane + 1)...});
#endif
}

/** Kernels.rowNorms, in no promised order: a vector of partial sums for each of as many rows as it has lanes, then all of them at once. */
template <class T> LEV_INLINE void rowNorms(T *out, const T *rows, const T *scales, size_t rowCount, size_t dim) {
  using V = typename VectorOf<T>::Type;
  constexpr size_t lanes = VectorOf<T>::lanes;
  // The last columns as a whole vector: those that were counted before have no weight in it.
  T lastScales[lanes] = {};
  const size_t whole = dim / lanes * lanes, from = dim < lanes ? 0 : dim - lanes;
  for (size_t a = whole; a < dim; a++) lastScales[a - from] = scales[a];
  const bool hasRest = whole < dim;
  const V last = load(lastScales);
  size_t r = 0;
  if (dim >= lanes)
    for (; r + lanes <= rowCount; r += lanes) {
      V sums[lanes];
      for (size_t t = 0; t < lanes; t++, rows += dim) {
        V sum = V{}, other = V{};
        size_t a = 0;
        for (; a + 2 * lanes <= whole; a += 2 * lanes) {
          const V x = load(rows + a) * load(scales + a), y = load(rows + a + lanes) * load(scales + a + lanes);
          sum = sum + x * x;
          other = other + y * y;
        }
        if (a < whole) {
          const V x = load(rows + a) * load(scales + a);
          sum = sum + x * x;
        }
        if (hasRest) {
          const V x = load(rows + from) * last;
          other = other + x * x;
        }
        sums[t] = sum + other;
      }
      for (size_t width = lanes; width > 1; width /= 2)
        for (size_t t = 0; t < width / 2; t++) sums[t] = addNeighbours(sums[2 * t], sums[2 * t + 1], std::make_index_sequence<lanes>());
      store(out + r, sums[0]);
    }
  for (; r < rowCount; r++, rows += dim) {
    T sum = 0;
    for (size_t a = 0; a < dim; a++) sum += rows[a] * scales[a] * (rows[a] * scales[a]);
    out[r] = sum;
  }
}

void rowNormsF32(float *out, const float *rows, const float *scales, size_t rowCount, size_t dim) {
  rowNorms(out, rows, scales, rowCount, dim);
}
void rowNormsF64(double *out, const double *rows, const double *scales, size_t rowCount, size_t dim) {
  rowNorms(out, rows, scales, rowCount, dim);
}

/** Kernels.atLeast; `start` is added to what it writes. */
template <class T> LEV_INLINE size_t atLeast(uint32_t *hits, const T *values, T threshold, size_t count, uint32_t start) {
  using V = typename VectorOf<T>::Type;
  constexpr size_t lanes = VectorOf<T>::lanes;
  constexpr uint32_t all = (1u << lanes) - 1;
  const V limit = splat(threshold);
  size_t found = 0, i = 0;
  for (; i + lanes <= count; i += lanes) {
    // A NaN is not less, so it is a hit.
    const auto isLess = load(values + i) < limit;
    V less;
    __builtin_memcpy(&less, &isLess, sizeof less);
    for (uint32_t bits = ~signs(less) & all; bits != 0; bits &= bits - 1)
      hits[found++] = start + static_cast<uint32_t>(i) + static_cast<uint32_t>(__builtin_ctz(bits));
  }
  for (; i < count; i++)
    if (!(values[i] < threshold)) hits[found++] = start + static_cast<uint32_t>(i);
  return found;
}

size_t atLeastF32(uint32_t *hits, const float *values, double threshold, size_t count, uint32_t start) {
  return atLeast(hits, values, static_cast<float>(threshold), count, start);
}
size_t atLeastF64(uint32_t *hits, const double *values, double threshold, size_t count, uint32_t start) {
  return atLeast(hits, values, threshold, count, start);
}

/** Kernels.rowMaxima: sizes are ordered as their bits are, a NaN above all. */
template <class T, class Bits> LEV_INLINE void rowMaxima(double *out, const T *rows, size_t rowCount, size_t dim) {
  constexpr Bits size = static_cast<Bits>(~(Bits{1} << (8 * sizeof(Bits) - 1)));
  for (size_t r = 0; r < rowCount; r++, rows += dim) {
    Bits largest = 0;
    for (size_t a = 0; a < dim; a++) {
      Bits bits;
      __builtin_memcpy(&bits, rows + a, sizeof bits);
      bits &= size;
      largest = bits > largest ? bits : largest;
    }
    T value;
    __builtin_memcpy(&value, &largest, sizeof value);
    out[r] = static_cast<double>(value);
  }
}

void rowMaximaF32(double *out, const float *rows, size_t rowCount, size_t dim) { rowMaxima<float, uint32_t>(out, rows, rowCount, dim); }
void rowMaximaF64(double *out, const double *rows, size_t rowCount, size_t dim) { rowMaxima<double, uint64_t>(out, rows, rowCount, dim); }
