// Rows, transposed into panels that a tile reads column by column.

/** Up to `lanes` rows of `from`, `stride` numbers apart, as one panel [dim][lanes]: zeros where a row is missing. */
template <size_t lanes, class T, class O>
LEV_INLINE void packPanel(const T *from, size_t stride, size_t rowCount, size_t dim, O *to) {
  for (size_t t = 0; t < lanes; t += 4) {
    size_t done = 0;
    if (t + 4 <= rowCount)
      for (; done + 4 <= dim; done += 4) transposeFour(from + t * stride + done, stride, to + done * lanes + t, lanes);
    for (size_t c = done; c < dim; c++)
      for (size_t u = t; u < t + 4; u++) to[c * lanes + u] = u < rowCount ? static_cast<O>(from[u * stride + c]) : 0;
  }
}

/** All rows of [rowCount, dim] as such panels, one behind the other. */
template <size_t lanes, class T, class O> LEV_INLINE void packPanels(const T *from, size_t rowCount, size_t dim, O *to) {
  for (size_t r = 0; r < rowCount; r += lanes) packPanel<lanes>(from + r * dim, dim, rowCount - r, dim, to + r * dim);
}

/** A panel [dim][lanes] back to rows [rowCount, dim]. */
template <size_t lanes> LEV_INLINE void unpackPanel(const double *from, size_t rowCount, size_t dim, double *to) {
  for (size_t t = 0; t < rowCount; t += 4) {
    const size_t present = least(4, rowCount - t);
    size_t done = 0;
    if (present == 4)
      for (; done + 4 <= dim; done += 4) transposeFour(from + done * lanes + t, lanes, to + t * dim + done, dim);
    for (size_t u = t; u < t + present; u++)
      for (size_t c = done; c < dim; c++) to[u * dim + c] = from[c * lanes + u];
  }
}
