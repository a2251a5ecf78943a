// 256 bits: AVX2 and FMA.
typedef double F64 __attribute__((vector_size(32)));
typedef float F32 __attribute__((vector_size(32)));
constexpr size_t LANES64 = 4;
constexpr size_t LANES32 = 8;
constexpr size_t TILE_ROWS = 4;
constexpr size_t FILTER_ROWS = 4;

LEV_INLINE F64 splat(double x) { return _mm256_set1_pd(x); }
LEV_INLINE F32 splat(float x) { return _mm256_set1_ps(x); }
/** sum + a b, rounded once: for exact products alone. */
LEV_INLINE F64 addExact(F64 sum, F64 a, F64 b) { return _mm256_fmadd_pd(a, b, sum); }
LEV_INLINE F64 widen(const float *from) { return _mm256_cvtps_pd(_mm_loadu_ps(from)); }
/** Bit i: the sign of lane i. */
LEV_INLINE uint32_t signs(F32 v) { return static_cast<uint32_t>(_mm256_movemask_ps(v)); }
LEV_INLINE uint32_t signs(F64 v) { return static_cast<uint32_t>(_mm256_movemask_pd(v)); }
#include "lanes-x86.h"
constexpr size_t VALUE_VECTORS = 2;

/** Four sums to which eight numbers are added, number i + 4 to number i first. */
struct FourSums {
  F64 all = F64{};
  LEV_INLINE_MEMBER void add(const F64 *eight) { all = all + (eight[0] + eight[1]); }
  LEV_INLINE_MEMBER void store(double *to) const { __builtin_memcpy(to, &all, sizeof all); }
};
