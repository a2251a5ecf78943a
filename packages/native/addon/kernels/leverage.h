// Kernels.leverage: lanes are rows, so each row's sums run in their order.

/** Two panels are solved side by side: the divisions of one wait while the other computes. */
constexpr size_t SIDE_TILES = 2;

double leveragePacked(double dim) {
  const double rounded = padded(dim, TILE_ROWS);
  return 8 * (rounded * (rounded + TILE_ROWS) / 2);
}
/** Tiles, a norm for each row of a block, the block (an even number of panels). */
double leverageWork(double dim) { return 8 * (SIDE_TILES * TILE_NUMBERS + BLOCK_ROWS * (dim + 1)); }

LEV_INLINE double *leverageNorms(double *work) { return work + SIDE_TILES * TILE_NUMBERS; }
LEV_INLINE double *leverageBlock(double *work) { return leverageNorms(work) + BLOCK_ROWS; }
/** Numbers before the factor's panel of unknowns i .., which is [i + TILE_ROWS][TILE_ROWS]. */
LEV_INLINE size_t factorOffset(size_t i) { return i * (i + TILE_ROWS) / 2; }

/** lower [dim, dim] in panels of TILE_ROWS rows, transposed, each as far as its diagonal. */
void leveragePack(const double *lower, size_t dim, double *factor) {
  for (size_t i = 0; i < dim; i += TILE_ROWS)
    packPanel<TILE_ROWS>(lower + i * dim, dim, dim - i, least(i + TILE_ROWS, dim), factor + factorOffset(i));
}

/** x [present][WIDTH]: the right side becomes the solution; sums [TILE_ROWS][WIDTH]: what the unknowns before contribute. */
LEV_INLINE void solveTriangle(double *x, const double *triangle, const double *sums, double *norms, size_t v, size_t t) {
  F64 sum = load(sums + t * WIDTH + v);
  for (size_t u = 0; u < t; u++) sum = sum + splat(triangle[u * TILE_ROWS + t]) * load(x + u * WIDTH + v);
  const F64 solved = (load(x + t * WIDTH + v) - sum) / splat(triangle[t * TILE_ROWS + t]);
  store(x + t * WIDTH + v, solved);
  store(norms + v, load(norms + v) + solved * solved);
}

LEV_INLINE void solveBlock(size_t panels, size_t dim, const double *packed, double *work) {
  double *block = leverageBlock(work), *norms = leverageNorms(work);
  for (size_t i = 0; i < dim; i += TILE_ROWS) {
    const double *factor = packed + factorOffset(i);
    const size_t present = least(TILE_ROWS, dim - i);
    for (size_t p = 0; p < panels; p += SIDE_TILES) {
      for (size_t side = 0; side < SIDE_TILES; side++) {
        F64 sums[TILE_ROWS][2];
        tileOf<false, 2>(sums, factor, TILE_ROWS, block + (p + side) * WIDTH * dim, i);
        LEV_UNROLL
        for (size_t a = 0; a < TILE_ROWS; a++)
          for (size_t v = 0; v < 2; v++) store(work + side * TILE_NUMBERS + a * WIDTH + v * LANES64, sums[a][v]);
      }
      for (size_t t = 0; t < present; t++)
        for (size_t side = 0; side < SIDE_TILES; side++)
          for (size_t v = 0; v < WIDTH; v += LANES64)
            solveTriangle(block + ((p + side) * dim + i) * WIDTH, factor + i * TILE_ROWS, work + side * TILE_NUMBERS,
                          norms + (p + side) * WIDTH, v, t);
    }
  }
}

template <class T>
LEV_INLINE void leverageRows(double *tau, const T *rows, size_t rowCount, size_t dim, double *whitened, const double *factor, double *work) {
  double *block = leverageBlock(work), *norms = leverageNorms(work);
  for (size_t r = 0; r < rowCount; r += BLOCK_ROWS) {
    const size_t count = least(BLOCK_ROWS, rowCount - r);
    const size_t panels = roundedUp((count + WIDTH - 1) / WIDTH, SIDE_TILES);
    for (size_t p = 0; p < panels; p++) {
      const size_t t = p * WIDTH;
      packPanel<WIDTH>(rows + (r + t) * dim, dim, t < count ? count - t : 0, dim, block + t * dim);
    }
    std::memset(norms, 0, BLOCK_ROWS * sizeof(double));
    solveBlock(panels, dim, factor, work);
    std::memcpy(tau + r, norms, count * sizeof(double));
    if (whitened != nullptr)
      for (size_t t = 0; t < count; t += WIDTH)
        unpackPanel<WIDTH>(block + t * dim, least(WIDTH, count - t), dim, whitened + (r + t) * dim);
  }
}

void leverageF32(double *tau, const float *rows, size_t rowCount, size_t dim, double *whitened, const double *factor, double *work) {
  leverageRows(tau, rows, rowCount, dim, whitened, factor, work);
}
void leverageF64(double *tau, const double *rows, size_t rowCount, size_t dim, double *whitened, const double *factor, double *work) {
  leverageRows(tau, rows, rowCount, dim, whitened, factor, work);
}
