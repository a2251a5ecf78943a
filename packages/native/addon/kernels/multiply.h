// Kernels.multiply.

/** Rows that are packed together: 64 of dim 64 are 32 KiB. */
constexpr size_t BLOCK_ROWS = 64;

double multiplyPacked(double dim, double outDim) { return 8 * padded(outDim, WIDTH) * dim; }
/** A tile and a block of rows. */
double multiplyWork(double dim) { return 8 * (TILE_NUMBERS + BLOCK_ROWS * dim); }

/** matrix [dim, outDim] to panels [dim][WIDTH], zeros where a column is missing. */
void multiplyPack(const double *matrix, size_t dim, size_t outDim, double *to) {
  for (size_t j = 0; j < outDim; j += WIDTH)
    for (size_t a = 0; a < dim; a++)
      for (size_t t = 0; t < WIDTH; t++) *to++ = j + t < outDim ? matrix[a * outDim + j + t] : 0;
}

template <class T>
LEV_INLINE void multiplyRows(double *out, const T *rows, size_t rowCount, size_t dim, size_t outDim, const double *matrix, double *work) {
  double *block = work + TILE_NUMBERS;
  for (size_t r = 0; r < rowCount; r += BLOCK_ROWS) {
    const size_t count = least(BLOCK_ROWS, rowCount - r);
    packPanels<TILE_ROWS>(rows + r * dim, count, dim, block);
    for (size_t j = 0; j < outDim; j += WIDTH) {
      for (size_t t = 0; t < count; t += TILE_ROWS) {
        F64 sums[TILE_ROWS][2];
        tileOf<false, 2>(sums, block + t * dim, TILE_ROWS, matrix + j * dim, dim);
        double *to = out + (r + t) * outDim + j;
        const bool isWhole = t + TILE_ROWS <= count && j + WIDTH <= outDim;
        double *tile = isWhole ? to : work;
        const size_t stride = isWhole ? outDim : WIDTH;
        LEV_UNROLL
        for (size_t a = 0; a < TILE_ROWS; a++)
          for (size_t v = 0; v < 2; v++) store(tile + a * stride + v * LANES64, sums[a][v]);
        if (isWhole) continue;
        for (size_t a = 0; a < least(TILE_ROWS, count - t); a++)
          for (size_t b = 0; b < least(WIDTH, outDim - j); b++) to[a * outDim + b] = work[a * WIDTH + b];
      }
    }
  }
}

void multiplyF32(double *out, const float *rows, size_t rowCount, size_t dim, size_t outDim, const double *matrix, double *work) {
  multiplyRows(out, rows, rowCount, dim, outDim, matrix, work);
}
void multiplyF64(double *out, const double *rows, size_t rowCount, size_t dim, size_t outDim, const double *matrix, double *work) {
  multiplyRows(out, rows, rowCount, dim, outDim, matrix, work);
}
