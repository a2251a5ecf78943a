// Kernels.compensatedDots: each value travels with its halves, x = high + low, 26 bits each (Veltkamp), so that the error of a product is
// exact float64 arithmetic (Dekker). Not by a fused product: where something underflows that would be another number.

/** A key's column: values, highs, lows. */
constexpr size_t SPLIT_COLUMN = 3 * WIDTH;
/** A query's: value, high, low, and one unused. */
constexpr size_t SPLIT_QUERY = 4;

template <class V> LEV_INLINE V highHalf(V x, V splitter) {
  const V scaled = splitter * x;
  return scaled - (scaled - x);
}

/** 2^27 + 1 */
constexpr double SPLITTER = 134217729;

/** A panel of keys, the same split, the split queries. */
double splitScratch(double queryCount, double dim) { return 8 * (WIDTH + (WIDTH + SPLIT_COLUMN + SPLIT_QUERY * queryCount) * dim); }

LEV_INLINE double *splitQueries(double *scratch, size_t dim) { return scratch + WIDTH + (WIDTH + SPLIT_COLUMN) * dim; }

void splitPackQueries(const double *queries, size_t queryCount, size_t dim, double *scratch) {
  double *to = splitQueries(scratch, dim);
  for (size_t i = 0; i < queryCount * dim; i++, to += SPLIT_QUERY) {
    const double high = highHalf(queries[i], SPLITTER);
    to[0] = queries[i];
    to[1] = high;
    to[2] = queries[i] - high;
  }
}

/** a + b - sum, exactly (Knuth's TwoSum). */
LEV_INLINE F64 sumError(F64 a, F64 b, F64 sum) {
  const F64 bPart = sum - a;
  return (a - (sum - bPart)) + (b - bPart);
}

/** x y - product, exactly (Dekker's TwoProduct), from the halves of both. */
LEV_INLINE F64 productError(F64 product, F64 high, F64 low, const double *column) {
  const F64 yHigh = load(column + WIDTH), yLow = load(column + 2 * WIDTH);
  const F64 rest = product - high * yHigh - low * yHigh;
  return low * yLow - (rest - high * yLow);
}

/** out [WIDTH]: dots of one split query with a panel of split keys; `sums` and their `errors`. */
LEV_INLINE void splitDotsOfPanel(double *out, const double *query, const double *panel, size_t dim) {
  F64 sums[2] = {F64{}, F64{}}, errors[2] = {F64{}, F64{}};
  for (size_t a = 0; a < dim; a++, query += SPLIT_QUERY, panel += SPLIT_COLUMN) {
    const F64 x = splat(query[0]), high = splat(query[1]), low = splat(query[2]);
    for (size_t v = 0; v < 2; v++) {
      const double *column = panel + v * LANES64;
      const F64 product = x * load(column);
      const F64 next = sums[v] + product;
      const F64 error = productError(product, high, low, column);
      errors[v] = errors[v] + (sumError(sums[v], product, next) + error);
      sums[v] = next;
    }
  }
  for (size_t v = 0; v < 2; v++) store(out + v * LANES64, sums[v] + errors[v]);
}

/** With the queries that were packed into the same scratch; rows of `out` are `outStride` numbers apart. */
template <class T>
LEV_INLINE void splitDots(double *out, size_t outStride, size_t queryCount, const T *keys, size_t keyCount, size_t dim, double *scratch) {
  double *packed = scratch + WIDTH, *panel = packed + WIDTH * dim;
  const double *queries = splitQueries(scratch, dim);
  const F64 splitter = splat(SPLITTER);
  for (size_t k = 0; k < keyCount; k += WIDTH) {
    const size_t count = least(WIDTH, keyCount - k);
    packPanel<WIDTH>(keys + k * dim, dim, count, dim, packed);
    for (size_t a = 0; a < dim; a++)
      for (size_t v = 0; v < WIDTH; v += LANES64) {
        double *to = panel + a * SPLIT_COLUMN + v;
        const F64 value = load(packed + a * WIDTH + v);
        const F64 high = highHalf(value, splitter);
        store(to, value);
        store(to + WIDTH, high);
        store(to + 2 * WIDTH, value - high);
      }
    for (size_t q = 0; q < queryCount; q++) {
      double *to = out + q * outStride + k;
      splitDotsOfPanel(count == WIDTH ? to : scratch, queries + q * dim * SPLIT_QUERY, panel, dim);
      if (count < WIDTH) std::memcpy(to, scratch, count * sizeof(double));
    }
  }
}

void splitDotsF32(double *out, size_t outStride, size_t queryCount, const float *keys, size_t keyCount, size_t dim, double *scratch) {
  splitDots(out, outStride, queryCount, keys, keyCount, dim, scratch);
}
void splitDotsF64(double *out, size_t outStride, size_t queryCount, const double *keys, size_t keyCount, size_t dim, double *scratch) {
  splitDots(out, outStride, queryCount, keys, keyCount, dim, scratch);
}
