// Kernels.softmaxHead and softmaxHeadGradient: a head of self-attention over some of its keys, forward and back, as core's scalar-heads.ts.

/** out = factor from, in float64, then rounded. */
template <class T> LEV_INLINE void scaleInto(float *out, const T *from, size_t count, double factor) {
  for (size_t i = 0; i < count; i++) out[i] = static_cast<float>(factor * static_cast<double>(from[i]));
}

/** means [rows] = <dOutput, output> of each row, the columns ascending; four rows at a time, whose sums hide each other's latency. */
LEV_INLINE void meansOf(double *means, const float *dOutput, const double *output, size_t rows, size_t width) {
  for (size_t q = 0; q < rows; q += 4) {
    const size_t count = least(4, rows - q);
    double sums[4] = {};
    for (size_t c = 0; c < width; c++)
      for (size_t t = 0; t < 4; t++) {
        const size_t at = (q + least(t, count - 1)) * width + c;
        sums[t] += static_cast<double>(dOutput[at]) * output[at];
      }
    for (size_t t = 0; t < count; t++) means[q + t] = sums[t];
  }
}

/** Keys and values side by side, what softmaxValues takes. */
double headScratch(double rows, double keyCount, double dim, double valueDim) {
  return 4 * keyCount * (dim + valueDim) + softmaxScratch(rows, dim, valueDim);
}

/** Rows `ids` of keys and values to `kept`; false where one is no row. */
LEV_INLINE bool gather(const Head &head, float *kept) {
  float *values = kept + head.keyCount * head.dim;
  for (size_t k = 0; k < head.keyCount; k++) {
    const size_t id = head.ids[k];
    if (id >= head.rows) return false;
    std::memcpy(kept + k * head.dim, head.keys + id * head.dim, head.dim * sizeof(float));
    std::memcpy(values + k * head.valueDim, head.values + id * head.valueDim, head.valueDim * sizeof(float));
  }
  return true;
}

bool softmaxHead(float *output, float *octaves, const SoftmaxRows &rows, double *sums, const float *queries, const Head &head, double factor,
                 float *scratch) {
  const auto [keys, values, ids, count, keyCount, dim, valueDim] = head;
  if (ids != nullptr && !gather(head, scratch)) return false;
  scaleInto(octaves, queries, count * dim, factor);
  for (size_t q = 0; q < count; q++) rows.shifts[q] = -__builtin_inf();
  std::memset(rows.totals, 0, count * sizeof(double));
  std::memset(sums, 0, count * valueDim * sizeof(double));
  const float *ownKeys = ids == nullptr ? keys : scratch, *ownValues = ids == nullptr ? values : scratch + keyCount * dim;
  const SoftmaxBlock block = {octaves, count, ownKeys, keyCount, dim, nullptr, nullptr, nullptr};
  softmaxValues(sums, rows, block, ownValues, valueDim, scratch + keyCount * (dim + valueDim));
  for (size_t q = 0; q < count; q++) {
    // A row without weights has sums of 0.
    const double total = rows.totals[q] == 0 ? 1 : rows.totals[q];
    for (size_t c = q * valueDim; c < (q + 1) * valueDim; c++) {
      sums[c] /= total;
      output[c] = static_cast<float>(sums[c]);
    }
  }
  return true;
}

/** Sums of queries, keys and values, means; keys and values side by side, what softmaxGradient takes. */
double headGradientScratch(double rows, double keyCount, double dim, double valueDim) {
  const double doubles = (rows + keyCount) * dim + keyCount * valueDim + rows;
  return 8 * doubles + 4 * keyCount * (dim + valueDim) + gradientScratch(rows, dim, valueDim);
}

/** out [rows, width] = factor sums in the rows `ids`, 0 in others. */
LEV_INLINE void scatter(float *out, const double *sums, const Head &head, size_t width, double factor) {
  if (head.ids == nullptr) return scaleInto(out, sums, head.keyCount * width, factor);
  std::memset(out, 0, head.rows * width * sizeof(float));
  for (size_t k = 0; k < head.keyCount; k++)
    if (head.ids[k] < head.rows) scaleInto(out + head.ids[k] * width, sums + k * width, width, factor);
}

bool softmaxHeadGradient(float *dQueries, float *dKeys, float *dValues, const float *dOutput, const float *octaves, const SoftmaxRows &rows,
                         const double *outputs, const Head &head, double scale, double inverse, float *scratch) {
  const auto [keys, values, ids, count, keyCount, dim, valueDim] = head;
  double *querySums = reinterpret_cast<double *>(scratch), *keySums = querySums + count * dim;
  double *valueSums = keySums + keyCount * dim, *means = valueSums + keyCount * valueDim;
  float *kept = reinterpret_cast<float *>(means + count);
  if (ids != nullptr && !gather(head, kept)) return false;
  std::memset(querySums, 0, static_cast<size_t>(means - querySums) * sizeof(double));
  meansOf(means, dOutput, outputs, count, valueDim);
  const float *ownKeys = ids == nullptr ? keys : kept, *ownValues = ids == nullptr ? values : kept + keyCount * dim;
  const SoftmaxBlock block = {octaves, count, ownKeys, keyCount, dim, nullptr, nullptr, nullptr};
  softmaxGradient({querySums, keySums, valueSums}, {rows.shifts, rows.totals, means, dOutput}, block, ownValues, valueDim,
                  kept + keyCount * (dim + valueDim));
  scaleInto(dQueries, querySums, count * dim, scale);
  scatter(dKeys, keySums, head, dim, inverse);
  scatter(dValues, valueSums, head, valueDim, 1);
  return true;
}
