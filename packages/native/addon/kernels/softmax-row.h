// One row of a step: the logits of one query and the keys of a block, from .. to - 1 in whole panels.

/** SOFTMAX_KEYS: numbers of a row. */
constexpr size_t SOFTMAX_KEYS = 256;
constexpr size_t SOFTMAX_QUERIES = 4;
/** SOFTMAX_RAISE */
constexpr double RAISE = 60;

/** -inf where the query does not see: outside start .. end - 1, and where `mask` is -inf. */
LEV_INLINE void hideOutside(float *row, size_t from, size_t to, size_t start, size_t end, const float *mask) {
  if (start >= end) start = end = to;
  for (size_t k = from; k < start && k < to; k++) row[k] = -__builtin_inff();
  for (size_t k = end > from ? end : from; k < to; k++) row[k] = -__builtin_inff();
  if (mask == nullptr) return;
  for (size_t k = from; k < to; k++) row[k] = mask[k] < row[k] ? mask[k] : row[k];
}

/** The largest logit; -inf where nothing is visible. */
LEV_INLINE float topOf(const float *row, size_t from, size_t to) {
  F32 top = splat(-__builtin_inff());
  for (size_t k = from; k < to; k += LANES32) {
    const F32 here = load(row + k);
    top = top < here ? here : top;
  }
  float each[LANES32], largest = -__builtin_inff();
  store(each, top);
  for (size_t i = 0; i < LANES32; i++) largest = largest < each[i] ? each[i] : largest;
  return largest;
}

/** 2^exponent for a whole number <= 1023 or -inf; not below 2^-1022. */
LEV_INLINE double powerAbove(double exponent) { return powerOfTwo(exponent > -1022 ? static_cast<int64_t>(exponent) : -1022); }

/**
 * The row's shift, raised to ceil(top) where that is more than 60 octaves above or the row has seen nothing: total and sums
 * [valueDim] are then multiplied with the power of two that this takes.
 */
LEV_INLINE float raise(float top, double *shift, double *total, double *sums, size_t valueDim) {
  const double before = *shift;
  if (!(static_cast<double>(top) > before + RAISE)) return static_cast<float>(before);
  const double after = std::ceil(static_cast<double>(top));
  const double factor = powerAbove(before - after);
  *shift = after;
  *total *= factor;
  for (size_t c = 0; c < valueDim; c++) sums[c] *= factor;
  return static_cast<float>(after);
}

typedef float Quad __attribute__((vector_size(16)));

LEV_INLINE Quad loadQuad(const float *from) {
  Quad v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

/** weights = 2^(logit - shift), which may take the logits' place. Returns their sum: eights folded to fours, these added up in four lanes, and those, in float64, to one. */
LEV_INLINE double weigh(const float *row, float *weights, size_t from, size_t to, float shift) {
  const F32 s = splat(shift);
  Quad sums = Quad{};
  for (size_t k = from; k < to; k += FILTER_KEYS) {
    for (size_t v = k; v < k + FILTER_KEYS; v += LANES32) store(weights + v, exp2Of(load(row + v) - s));
    for (size_t v = k; v < k + FILTER_KEYS; v += 8) sums = sums + (loadQuad(weights + v) + loadQuad(weights + v + 4));
  }
  const double two = static_cast<double>(sums[0]) + static_cast<double>(sums[1]);
  return two + static_cast<double>(sums[2]) + static_cast<double>(sums[3]);
}

/** log2 of a normal number > 0, within 1e-12: softmax-by.ts says how. */
LEV_INLINE double log2Of(double value) {
  int64_t exponent = exponentOf(value);
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
  double m;
  __builtin_memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  const double s = (m - 1) / (m + 1), t = s * s;
  double p = 0.22195308321368667;
  p = p * t + 0.2623081892525388;
  p = p * t + 0.3205988979753252;
  p = p * t + 0.4121985831111324;
  p = p * t + 0.5770780163555853;
  p = p * t + 0.9617966939259756;
  p = p * t + 2.8853900817779268;
  return static_cast<double>(exponent) + s * p;
}

/**
 * The visible keys with logit - shift >= log2 total + threshold, or if `isAbsolute` with logit - shift >= threshold - shift, as query,
 * keyStart + key, logit; returns how many.
 */
LEV_INLINE size_t writeHits(const float *row, size_t from, size_t to, float shift, float top, double total, double threshold, bool isAbsolute,
                            uint32_t *hitQueries, uint32_t *hitKeys, float *hitLogits, uint32_t query, uint32_t keyStart) {
  // log2 total, rounded down: most rows have nothing even so, and need no logarithm.
  const double least = isAbsolute ? threshold - static_cast<double>(shift) : static_cast<double>(exponentOf(total)) + threshold;
  if (!(top - shift >= static_cast<float>(least))) return 0;
  const float exact = static_cast<float>(isAbsolute ? least : log2Of(total) + threshold);
  // Not below the least float32: -inf is no hit.
  const F32 limit = splat(exact > -__FLT_MAX__ ? exact : -__FLT_MAX__), s = splat(shift);
  size_t found = 0;
  for (size_t k = from; k < to; k += LANES32) {
    for (uint32_t bits = signs(asFloats(load(row + k) - s >= limit)); bits != 0; bits &= bits - 1) {
      const size_t key = k + static_cast<size_t>(__builtin_ctz(bits));
      hitQueries[found] = query;
      hitKeys[found] = keyStart + static_cast<uint32_t>(key);
      hitLogits[found++] = row[key];
    }
  }
  return found;
}
