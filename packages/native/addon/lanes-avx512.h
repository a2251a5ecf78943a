// 512 bits: AVX-512 F, VL, DQ, BW.
typedef double F64 __attribute__((vector_size(64)));
typedef float F32 __attribute__((vector_size(64)));
constexpr size_t LANES64 = 8;
constexpr size_t LANES32 = 16;
constexpr size_t TILE_ROWS = 8;
constexpr size_t FILTER_ROWS = 8;

LEV_INLINE F64 splat(double x) { return _mm512_set1_pd(x); }
LEV_INLINE F32 splat(float x) { return _mm512_set1_ps(x); }
/** sum + a b, rounded once: for exact products alone. */
LEV_INLINE F64 addExact(F64 sum, F64 a, F64 b) { return _mm512_fmadd_pd(a, b, sum); }
LEV_INLINE F64 widen(const float *from) { return _mm512_cvtps_pd(_mm256_loadu_ps(from)); }
/** Bit i: the sign of lane i. */
LEV_INLINE uint32_t signs(F32 v) { return _mm512_movepi32_mask(_mm512_castps_si512(v)); }
LEV_INLINE uint32_t signs(F64 v) { return _mm512_movepi64_mask(_mm512_castpd_si512(v)); }
#include "lanes-x86.h"
constexpr size_t VALUE_VECTORS = 4;

/** Four sums to which eight numbers are added, number i + 4 to number i first. */
struct FourSums {
  __m256d all = __m256d{};
  LEV_INLINE_MEMBER void add(const F64 *eight) {
    all = _mm256_add_pd(all, _mm256_add_pd(_mm512_castpd512_pd256(*eight), _mm512_extractf64x4_pd(*eight, 1)));
  }
  LEV_INLINE_MEMBER void store(double *to) const { _mm256_storeu_pd(to, all); }
};
