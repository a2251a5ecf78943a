// Kernels.dotsAtLeastOne: float32, from 0 in the order of the columns, no product fused, so the pairs are those of every other kernel.

/** Keys of a packed panel. */
constexpr size_t FILTER_KEYS = 2 * LANES32;

/** sums [queries][vectors] of panels [dim][queries] and [dim][keyLanes]. */
template <size_t queries, size_t vectors, size_t keyLanes>
LEV_INLINE void dotTile(F32 (&sums)[queries][vectors], const float *left, const float *right, size_t dim) {
  LEV_UNROLL
  for (size_t i = 0; i < queries; i++)
    for (size_t v = 0; v < vectors; v++) sums[i][v] = F32{};
  for (size_t a = 0; a < dim; a++) {
    F32 b[vectors];
    for (size_t v = 0; v < vectors; v++) b[v] = load(right + v * LANES32);
    LEV_UNROLL
    for (size_t i = 0; i < queries; i++) {
      const F32 x = splat(left[i]);
      for (size_t v = 0; v < vectors; v++) sums[i][v] = sums[i][v] + x * b[v];
    }
    left += queries;
    right += keyLanes;
  }
}

typedef uint32_t U32 __attribute__((vector_size(sizeof(F32))));

/** The sign bit where a size, as float32 bits, is at least that of 1: so a NaN passes. */
LEV_INLINE U32 atLeastOne(F32 v) {
  U32 bits;
  __builtin_memcpy(&bits, &v, sizeof bits);
  return (bits & 0x7fffffffu) + (0x80000000u - 0x3f800000u);
}
LEV_INLINE uint32_t signBits(U32 v) {
  F32 lanes;
  __builtin_memcpy(&lanes, &v, sizeof lanes);
  return signs(lanes);
}

/** Both sides packed. */
double filterScratch(double queryCount, double keyCount, double dim) {
  return 4 * (padded(queryCount, FILTER_ROWS) + padded(keyCount, FILTER_KEYS)) * dim;
}

void filterPackQueries(const float *queries, size_t queryCount, size_t dim, float *scratch) {
  packPanels<FILTER_ROWS>(queries, queryCount, dim, scratch);
}

/** With the queries that were packed into the same scratch; `queryStart` and `keyStart` are added to what it writes. */
size_t filterDots(uint32_t *hits, size_t queryCount, const float *keys, size_t keyCount, size_t dim, uint32_t queryStart,
                  uint32_t keyStart, float *scratch) {
  const float *queryPanels = scratch;
  float *keyPanels = scratch + roundedUp(queryCount, FILTER_ROWS) * dim;
  packPanels<FILTER_KEYS>(keys, keyCount, dim, keyPanels);
  size_t found = 0;
  for (size_t k = 0; k < keyCount; k += FILTER_KEYS) {
    const size_t keysHere = least(FILTER_KEYS, keyCount - k);
    for (size_t q = 0; q < queryCount; q += FILTER_ROWS) {
      F32 sums[FILTER_ROWS][2];
      dotTile<FILTER_ROWS, 2, FILTER_KEYS>(sums, queryPanels + q * dim, keyPanels + k * dim, dim);
      U32 any = U32{};
      LEV_UNROLL
      for (size_t i = 0; i < FILTER_ROWS; i++)
        for (size_t v = 0; v < 2; v++) any |= atLeastOne(sums[i][v]);
      if (__builtin_expect(signBits(any) == 0, 1)) continue;
      uint32_t passing[FILTER_ROWS];
      LEV_UNROLL
      for (size_t i = 0; i < FILTER_ROWS; i++)
        passing[i] = signBits(atLeastOne(sums[i][0])) | signBits(atLeastOne(sums[i][1])) << LANES32;
      const uint32_t present = keysHere == 32 ? ~0u : (1u << keysHere) - 1;
      for (size_t i = 0; i < least(FILTER_ROWS, queryCount - q); i++)
        for (uint32_t bits = passing[i] & present; bits != 0; bits &= bits - 1) {
          hits[2 * found] = queryStart + static_cast<uint32_t>(q + i);
          hits[2 * found + 1] = keyStart + static_cast<uint32_t>(k) + static_cast<uint32_t>(__builtin_ctz(bits));
          found++;
        }
    }
  }
  return found;
}
