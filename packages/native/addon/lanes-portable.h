// 128 bits by the compiler's vector types: any machine. What it makes of them is SSE2 on x86-64 and NEON on arm64.
typedef double F64 __attribute__((vector_size(16)));
typedef float F32 __attribute__((vector_size(16)));
constexpr size_t LANES64 = 2;
constexpr size_t LANES32 = 4;
/** Rows of a tile of 2 vectors: what its sums leave of the registers holds one row of the other side. */
constexpr size_t TILE_ROWS = 4;
constexpr size_t FILTER_ROWS = 4;

LEV_INLINE F64 splat(double x) { return F64{x, x}; }
LEV_INLINE F32 splat(float x) { return F32{x, x, x, x}; }
/** sum + a b; rounded once where that is quick, so for exact products alone. */
LEV_INLINE F64 addExact(F64 sum, F64 a, F64 b) { return sum + a * b; }
LEV_INLINE F64 widen(const float *from) { return F64{static_cast<double>(from[0]), static_cast<double>(from[1])}; }
/** Bit i: the sign of lane i. */
LEV_INLINE uint32_t signs(F32 v) {
  uint32_t words[LANES32], bits = 0;
  __builtin_memcpy(words, &v, sizeof v);
  for (size_t i = 0; i < LANES32; i++) bits |= words[i] >> 31 << i;
  return bits;
}
LEV_INLINE uint32_t signs(F64 v) {
  uint64_t words[LANES64];
  uint32_t bits = 0;
  __builtin_memcpy(words, &v, sizeof v);
  for (size_t i = 0; i < LANES64; i++) bits |= static_cast<uint32_t>(words[i] >> 63) << i;
  return bits;
}

/** to[c][t] = from[t][c], rows `fromStride` and `toStride` numbers apart. */
template <class T, class O> LEV_INLINE void transposeFour(const T *from, size_t fromStride, O *to, size_t toStride) {
  for (size_t c = 0; c < 4; c++)
    for (size_t t = 0; t < 4; t++) to[c * toStride + t] = from[t * fromStride + c];
}
/** Vectors of a row of weighted values that are added up side by side. */
constexpr size_t VALUE_VECTORS = 2;

/** Four sums to which eight numbers are added, number i + 4 to number i first. */
struct FourSums {
  F64 low = F64{}, high = F64{};
  LEV_INLINE_MEMBER void add(const F64 *eight) {
    low = low + (eight[0] + eight[2]);
    high = high + (eight[1] + eight[3]);
  }
  LEV_INLINE_MEMBER void store(double *to) const {
    __builtin_memcpy(to, &low, sizeof low);
    __builtin_memcpy(to + LANES64, &high, sizeof high);
  }
};
