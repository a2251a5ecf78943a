// Kernels.softmaxGradient. A tile is 64 queries and 64 keys: their logits, which become P, and <dO, value>, which becomes the slope; then the
// three products with keys, queries and dO, in float32 over the tile, then in float64.

/** GRADIENT_ROWS */
constexpr size_t GRADIENT_ROWS = 64;

/** Two tiles, a mask, a step's products; queries and dO in lanes and padded; of a block of keys the same, and values in lanes. */
double gradientScratch(double queryCount, double dim, double valueDim) {
  const double width = padded(dim, LANES32), valueWidth = padded(valueDim, LANES32);
  const double lanes = (padded(queryCount, SOFTMAX_QUERIES) + GRADIENT_ROWS) * (dim + valueDim);
  const double rows = queryCount * (width + valueWidth) + GRADIENT_ROWS * width;
  const double widest = width > valueWidth ? width : valueWidth;
  return 4 * (2 * GRADIENT_ROWS * GRADIENT_ROWS + SOFTMAX_KEYS + 4 * widest + lanes + rows);
}

struct GradientRoom {
  float *weights, *slopes, *mask, *parts, *queryLanes, *outputLanes, *keyLanes, *valueLanes, *queries, *outputs, *keys;
};

LEV_INLINE GradientRoom gradientRoom(float *scratch, const SoftmaxBlock &block, size_t valueDim) {
  const size_t width = roundedUp(block.dim, LANES32), valueWidth = roundedUp(valueDim, LANES32);
  const size_t fours = roundedUp(block.queryCount, SOFTMAX_QUERIES);
  GradientRoom room;
  room.weights = scratch;
  room.slopes = room.weights + GRADIENT_ROWS * GRADIENT_ROWS;
  room.mask = room.slopes + GRADIENT_ROWS * GRADIENT_ROWS;
  room.parts = room.mask + SOFTMAX_KEYS;
  room.queryLanes = room.parts + 4 * (width > valueWidth ? width : valueWidth);
  room.outputLanes = room.queryLanes + fours * block.dim;
  room.keyLanes = room.outputLanes + fours * valueDim;
  room.valueLanes = room.keyLanes + GRADIENT_ROWS * block.dim;
  room.queries = room.valueLanes + GRADIENT_ROWS * valueDim;
  room.outputs = room.queries + block.queryCount * width;
  room.keys = room.outputs + block.queryCount * valueWidth;
  if (block.keyMask == nullptr) room.mask = nullptr;
  return room;
}

/** P = 2^(logit - shift) / total and P (product - mean), of keys from .. to - 1; zeros of a row that sees nothing, and of other keys. */
LEV_INLINE void weighAndSlope(float *weights, float *slopes, size_t from, size_t to, double shift, double total, double mean) {
  if (total == 0) from = to = 0;
  std::memset(weights, 0, from * sizeof(float));
  std::memset(slopes, 0, from * sizeof(float));
  std::memset(weights + to, 0, (GRADIENT_ROWS - to) * sizeof(float));
  std::memset(slopes + to, 0, (GRADIENT_ROWS - to) * sizeof(float));
  const F32 s = splat(static_cast<float>(shift)), inverse = splat(static_cast<float>(1 / total)), m = splat(static_cast<float>(mean));
  for (size_t k = from; k < to; k += LANES32) {
    const F32 p = exp2Of(load(weights + k) - s) * inverse;
    store(weights + k, p);
    store(slopes + k, p * (load(slopes + k) - m));
  }
}

/** sums [rowCount, width] f64 += Σ_t entry(r, t) row [t]; rows are `paddedWidth` numbers long. */
LEV_INLINE void addProducts(double *sums, size_t rowCount, size_t width, const float *entries, size_t rowStep, size_t termStep,
                            const float *rows, size_t terms, float *parts) {
  const size_t paddedWidth = roundedUp(width, LANES32);
  for (size_t r = 0; r < rowCount; r += 4) {
    productRows(parts, paddedWidth, entries + r * rowStep, rowStep, termStep, rows, paddedWidth, terms);
    for (size_t t = 0; t < least(4, rowCount - r); t++) addFloats(sums + (r + t) * width, parts + t * paddedWidth, width);
  }
}

/** P and slopes of queries first .. last - 1 and the block's keys. Does anybody see any? */
LEV_INLINE bool fillTile(const GradientRoom &room, const GradientRows &rows, const SoftmaxBlock &block, size_t valueDim, size_t first,
                         size_t last, size_t keyStart, size_t blockKeys) {
  bool isSeen = false;
  for (size_t q = first; q < last; q += SOFTMAX_QUERIES) {
    const size_t end = least(q + SOFTMAX_QUERIES, last);
    const auto [from, to] = spanOf(block, q, end, keyStart, blockKeys);
    float *weights = room.weights + (q - first) * GRADIENT_ROWS, *slopes = room.slopes + (q - first) * GRADIENT_ROWS;
    fillDots(room.queryLanes + q * block.dim, room.keyLanes, block.dim, from, to, weights, GRADIENT_ROWS);
    fillDots(room.outputLanes + q * valueDim, room.valueLanes, valueDim, from, to, slopes, GRADIENT_ROWS);
    isSeen = isSeen || from < to;
    for (size_t row = q; row < end; row++, weights += GRADIENT_ROWS, slopes += GRADIENT_ROWS) {
      const Span seen = seenBy(block, row, keyStart, blockKeys);
      hideOutside(weights, from, to, seen.from, seen.to, room.mask);
      weighAndSlope(weights, slopes, from, to, rows.shifts[row], rows.totals[row], rows.means[row]);
    }
  }
  return isSeen;
}

void softmaxGradient(const GradientSums &into, const GradientRows &rows, const SoftmaxBlock &block, const float *values, size_t valueDim,
                     float *scratch) {
  const size_t dim = block.dim, width = roundedUp(dim, LANES32), valueWidth = roundedUp(valueDim, LANES32);
  const GradientRoom room = gradientRoom(scratch, block, valueDim);
  packPanels<SOFTMAX_QUERIES>(block.queries, block.queryCount, dim, room.queryLanes);
  packPanels<SOFTMAX_QUERIES>(rows.dOutputs, block.queryCount, valueDim, room.outputLanes);
  padRows(block.queries, block.queryCount, dim, room.queries, width, block.queryCount);
  padRows(rows.dOutputs, block.queryCount, valueDim, room.outputs, valueWidth, block.queryCount);
  for (size_t keyStart = 0; keyStart < block.keyCount; keyStart += GRADIENT_ROWS) {
    const size_t blockKeys = least(GRADIENT_ROWS, block.keyCount - keyStart);
    packBlock(block, keyStart, blockKeys, room.keyLanes, room.mask);
    packPanels<FILTER_KEYS>(values + keyStart * valueDim, blockKeys, valueDim, room.valueLanes);
    padRows(block.keys + keyStart * dim, blockKeys, dim, room.keys, width, blockKeys);
    for (size_t first = 0; first < block.queryCount; first += GRADIENT_ROWS) {
      const size_t last = least(first + GRADIENT_ROWS, block.queryCount), count = last - first;
      if (!fillTile(room, rows, block, valueDim, first, last, keyStart, blockKeys)) continue;
      addProducts(into.queries + first * dim, count, dim, room.slopes, GRADIENT_ROWS, 1, room.keys, blockKeys, room.parts);
      addProducts(into.keys + keyStart * dim, blockKeys, dim, room.slopes, 1, GRADIENT_ROWS, room.queries + first * width, count, room.parts);
      addProducts(into.values + keyStart * valueDim, blockKeys, valueDim, room.weights, 1, GRADIENT_ROWS,
                  room.outputs + first * valueWidth, count, room.parts);
    }
  }
}
