// The hot loop of Gram, multiply and leverage.

/** Columns of a packed panel. */
constexpr size_t WIDTH = 2 * LANES64;

/** Do products of T, widened, fit float64 exactly? Of float32 numbers they do (48 bits, exponents above -300), so they may be fused. */
template <class T> constexpr bool IS_EXACT = sizeof(T) == 4;

/** sums [TILE_ROWS][vectors] = Σ_s left[s][i] right[s][.], from 0 in the order of s; rows of the panels are WIDTH apart or `leftStep`. */
template <bool exact, size_t vectors>
LEV_INLINE void tileOf(F64 (&sums)[TILE_ROWS][vectors], const double *left, size_t leftStep, const double *right, size_t count) {
  LEV_UNROLL
  for (size_t i = 0; i < TILE_ROWS; i++)
    for (size_t v = 0; v < vectors; v++) sums[i][v] = F64{};
  for (size_t s = 0; s < count; s++) {
    F64 b[vectors];
    for (size_t v = 0; v < vectors; v++) b[v] = load(right + v * LANES64);
    LEV_UNROLL
    for (size_t i = 0; i < TILE_ROWS; i++) {
      const F64 a = splat(left[i]);
      for (size_t v = 0; v < vectors; v++) sums[i][v] = exact ? addExact(sums[i][v], a, b[v]) : sums[i][v] + a * b[v];
    }
    left += leftStep;
    right += WIDTH;
  }
}
