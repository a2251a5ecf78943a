// Transposes of 4 x 4 numbers, for both levels of x86-64.

/** to[c][t] = from[t][c], rows `fromStride` and `toStride` numbers apart. */
LEV_INLINE void transposeFour(const float *from, size_t fromStride, float *to, size_t toStride) {
  __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + fromStride);
  __m128 c = _mm_loadu_ps(from + 2 * fromStride), d = _mm_loadu_ps(from + 3 * fromStride);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(to, a);
  _mm_storeu_ps(to + toStride, b);
  _mm_storeu_ps(to + 2 * toStride, c);
  _mm_storeu_ps(to + 3 * toStride, d);
}

LEV_INLINE void transposeFour(const float *from, size_t fromStride, double *to, size_t toStride) {
  __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + fromStride);
  __m128 c = _mm_loadu_ps(from + 2 * fromStride), d = _mm_loadu_ps(from + 3 * fromStride);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm256_storeu_pd(to, _mm256_cvtps_pd(a));
  _mm256_storeu_pd(to + toStride, _mm256_cvtps_pd(b));
  _mm256_storeu_pd(to + 2 * toStride, _mm256_cvtps_pd(c));
  _mm256_storeu_pd(to + 3 * toStride, _mm256_cvtps_pd(d));
}

LEV_INLINE void transposeFour(const double *from, size_t fromStride, double *to, size_t toStride) {
  const __m256d a = _mm256_loadu_pd(from), b = _mm256_loadu_pd(from + fromStride);
  const __m256d c = _mm256_loadu_pd(from + 2 * fromStride), d = _mm256_loadu_pd(from + 3 * fromStride);
  const __m256d lowAB = _mm256_unpacklo_pd(a, b), highAB = _mm256_unpackhi_pd(a, b);
  const __m256d lowCD = _mm256_unpacklo_pd(c, d), highCD = _mm256_unpackhi_pd(c, d);
  _mm256_storeu_pd(to, _mm256_permute2f128_pd(lowAB, lowCD, 0x20));
  _mm256_storeu_pd(to + toStride, _mm256_permute2f128_pd(highAB, highCD, 0x20));
  _mm256_storeu_pd(to + 2 * toStride, _mm256_permute2f128_pd(lowAB, lowCD, 0x31));
  _mm256_storeu_pd(to + 3 * toStride, _mm256_permute2f128_pd(highAB, highCD, 0x31));
}
