// Kernels.addGram.

/** Of kernels.ts: part of the summation order. */
constexpr size_t PANEL_ROWS = 128;
/** Numbers between panels: a cache line more than a panel, so that panels do not fall on the same cache sets. */
constexpr size_t PANEL_STRIDE = PANEL_ROWS * WIDTH + 8;
constexpr size_t TILE_NUMBERS = TILE_ROWS * WIDTH;

/** A tile, then a panel for every WIDTH columns. */
double gramScratch(double dim) { return 8 * (TILE_NUMBERS + padded(dim, WIDTH) / WIDTH * PANEL_STRIDE); }

/** Columns to panels [PANEL_ROWS][WIDTH], zeros where one is missing. */
template <class T> LEV_INLINE void packColumns(const T *rows, size_t rowCount, size_t dim, double *panels) {
  for (size_t c = 0; c < dim; c += WIDTH, panels += PANEL_STRIDE) {
    const T *from = rows + c;
    if (c + WIDTH <= dim) {
      for (size_t r = 0; r < rowCount; r++, from += dim) {
        store(panels + r * WIDTH, widen(from));
        store(panels + r * WIDTH + LANES64, widen(from + LANES64));
      }
    } else {
      for (size_t r = 0; r < rowCount; r++, from += dim)
        for (size_t t = 0; t < WIDTH; t++) panels[r * WIDTH + t] = c + t < dim ? static_cast<double>(from[t]) : 0;
    }
  }
}

/** The tile of rows i.., columns j.. of one panel's sums, added to the Gram: all of it, or what lies inside it on or above its diagonal. */
template <bool exact, size_t vectors>
LEV_INLINE void addTile(double *gram, size_t dim, size_t i, size_t j, const double *left, const double *right, size_t rowCount, double *edge) {
  F64 sums[TILE_ROWS][vectors];
  tileOf<exact, vectors>(sums, left, WIDTH, right, rowCount);
  if (i + TILE_ROWS <= j + 1 && j + vectors * LANES64 <= dim) {
    LEV_UNROLL
    for (size_t a = 0; a < TILE_ROWS; a++)
      for (size_t v = 0; v < vectors; v++) {
        double *at = gram + (i + a) * dim + j + v * LANES64;
        store(at, load(at) + sums[a][v]);
      }
    return;
  }
  LEV_UNROLL
  for (size_t a = 0; a < TILE_ROWS; a++)
    for (size_t v = 0; v < vectors; v++) store(edge + a * WIDTH + v * LANES64, sums[a][v]);
  for (size_t a = i; a < least(i + TILE_ROWS, dim); a++)
    for (size_t b = j < a ? a : j; b < least(j + vectors * LANES64, dim); b++) gram[a * dim + b] += edge[(a - i) * WIDTH + b - j];
}

/** Tiles on or above the diagonal, block by block of WIDTH columns. */
size_t gramTiles(size_t dim) {
  size_t tiles = 0;
  for (size_t j = 0; j < dim; j += WIDTH) tiles += (least(j + WIDTH, dim) + TILE_ROWS - 1) / TILE_ROWS;
  return tiles;
}

/** Those of gramTiles from `begin` to before `end`. */
template <class T>
LEV_INLINE void addGram(double *gram, const T *rows, size_t rowCount, size_t dim, size_t begin, size_t end, double *scratch) {
  constexpr bool exact = IS_EXACT<T>;
  double *panels = scratch + TILE_NUMBERS;
  for (size_t r = 0; r < rowCount; r += PANEL_ROWS) {
    const size_t count = least(PANEL_ROWS, rowCount - r);
    packColumns(rows + r * dim, count, dim, panels);
    size_t tile = 0;
    for (size_t j = 0; j < dim && tile < end; j += WIDTH) {
      const double *right = panels + j / WIDTH * PANEL_STRIDE;
      for (size_t i = 0; i < least(j + WIDTH, dim); i += TILE_ROWS, tile++) {
        if (tile < begin || tile >= end) continue;
        const double *left = panels + i / WIDTH * PANEL_STRIDE + i % WIDTH;
        // Of the last rows of a diagonal block the first columns lie below it.
        if (i >= j + LANES64) addTile<exact, 1>(gram, dim, i, j + LANES64, left, right + LANES64, count, scratch);
        else addTile<exact, 2>(gram, dim, i, j, left, right, count, scratch);
      }
    }
  }
}

void gramF32(double *gram, const float *rows, size_t rowCount, size_t dim, size_t begin, size_t end, double *scratch) {
  addGram(gram, rows, rowCount, dim, begin, end, scratch);
}
void gramF64(double *gram, const double *rows, size_t rowCount, size_t dim, size_t begin, size_t end, double *scratch) {
  addGram(gram, rows, rowCount, dim, begin, end, scratch);
}
