// Rows of logits in float64: the largest, and the sum of the powers of two (core's exp2-float64.ts says how, and how well).

typedef int64_t I64 __attribute__((vector_size(sizeof(F64))));

LEV_INLINE I64 asLongs(F64 v) {
  I64 bits;
  __builtin_memcpy(&bits, &v, sizeof bits);
  return bits;
}
LEV_INLINE F64 asDoubles(I64 v) {
  F64 doubles;
  __builtin_memcpy(&doubles, &v, sizeof doubles);
  return doubles;
}

/** 1.5 2^52: added and subtracted it rounds to an integer, ties to even, which then stands in the low bits. */
constexpr double LONG_ROUNDER = 6755399441055744;
constexpr double LEAST_LONG_EXPONENT = -1021;

/** 2^x for x < 1023; 0 below -1021. */
LEV_INLINE F64 exp2Of(F64 x) {
  const F64 rounder = splat(LONG_ROUNDER);
  const F64 rounded = x + rounder;
  const F64 f = x - (rounded - rounder);
  F64 p = splat(4.4549605981865186e-10) * f + splat(7.072585949269223e-9);
  p = p * f + splat(1.0178062445845774e-7);
  p = p * f + splat(1.321544258792169e-6);
  p = p * f + splat(1.525273382983612e-5);
  p = p * f + splat(0.0001540353044173605);
  p = p * f + splat(0.0013333558146416936);
  p = p * f + splat(0.009618129107606888);
  p = p * f + splat(0.0555041086648216);
  p = p * f + splat(0.24022650695910097);
  p = p * f + splat(0.6931471805599453);
  p = p * f + splat(1.0);
  return asDoubles((asLongs(p) + (asLongs(rounded) << 52)) & (x >= splat(LEAST_LONG_EXPONENT)));
}

/** Kernels.rowTops. */
void rowTops(double *out, const double *rows, size_t rowCount, size_t dim) {
  for (size_t r = 0; r < rowCount; r++, rows += dim) {
    F64 top = splat(-HUGE_VAL), other = top;
    size_t k = 0;
    for (; k + 2 * LANES64 <= dim; k += 2 * LANES64) {
      const F64 x = load(rows + k), y = load(rows + k + LANES64);
      top = top < x ? x : top;
      other = other < y ? y : other;
    }
    top = top < other ? other : top;
    double each[LANES64], most = -HUGE_VAL;
    store(each, top);
    for (size_t i = 0; i < LANES64; i++) most = most < each[i] ? each[i] : most;
    for (; k < dim; k++) most = most < rows[k] ? rows[k] : most;
    out[r] = most;
  }
}

/** Weights of eight logits, -inf where there are none, added to four lanes: see Kernels.exp2Sums. */
LEV_INLINE void addEight(FourSums &sums, const double *logits, F64 shift, double *into) {
  F64 weights[8 / LANES64];
  LEV_UNROLL for (size_t i = 0; i < 8 / LANES64; i++) weights[i] = exp2Of(load(logits + i * LANES64) - shift);
  sums.add(weights);
  if (into == nullptr) return;
  LEV_UNROLL for (size_t i = 0; i < 8 / LANES64; i++) store(into + i * LANES64, weights[i]);
}

/** Kernels.exp2Sums; `weights` is null where they are not wanted. */
void exp2Sums(double *out, const double *rows, const double *shifts, size_t rowCount, size_t dim, double *weights) {
  for (size_t r = 0; r < rowCount; r++, rows += dim) {
    const F64 shift = splat(shifts[r]);
    double *row = weights == nullptr ? nullptr : weights + r * dim;
    FourSums sums;
    size_t k = 0;
    for (; k + 8 <= dim; k += 8) addEight(sums, rows + k, shift, row == nullptr ? nullptr : row + k);
    if (k < dim) {
      double rest[8], kept[8];
      for (size_t i = 0; i < 8; i++) rest[i] = k + i < dim ? rows[k + i] : -HUGE_VAL;
      addEight(sums, rest, shift, kept);
      if (row != nullptr) std::memcpy(row + k, kept, (dim - k) * sizeof(double));
    }
    double lanes[4];
    sums.store(lanes);
    out[r] = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  }
}
