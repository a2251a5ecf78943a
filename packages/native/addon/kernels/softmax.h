// Kernels.softmaxPairs and softmaxValues. A step is SOFTMAX_QUERIES queries and the keys of one block: the tiles of their logits, then row by
// row the shift, the weights and their sum, and what is made of them.

/** LEAST_HITS: what one step can find. */
constexpr size_t STEP_HITS = SOFTMAX_KEYS * SOFTMAX_QUERIES;
/** Keys whose products are added up in float32, from key 0 of a block. */
constexpr size_t VALUE_KEYS = 64;

/** A step's logits, a row of weights, a block's mask; the packed queries, keys and values; a step's sums of values. */
double softmaxScratch(double queryCount, double dim, double valueDim) {
  const double packed = (padded(queryCount, SOFTMAX_QUERIES) + SOFTMAX_KEYS) * dim;
  return 4 * (packed + (SOFTMAX_QUERIES + 2) * SOFTMAX_KEYS + (SOFTMAX_KEYS + SOFTMAX_QUERIES) * padded(valueDim, LANES32));
}

/** What of the scratch is what. */
struct SoftmaxRoom {
  float *logits, *weights, *mask, *queries, *keys, *values, *parts;
};

LEV_INLINE SoftmaxRoom softmaxRoom(float *scratch, const SoftmaxBlock &block, size_t valueWidth) {
  float *weights = scratch + SOFTMAX_QUERIES * SOFTMAX_KEYS;
  float *mask = weights + SOFTMAX_KEYS;
  float *queries = mask + SOFTMAX_KEYS;
  float *keys = queries + roundedUp(block.queryCount, SOFTMAX_QUERIES) * block.dim;
  float *values = keys + SOFTMAX_KEYS * block.dim;
  return {scratch, weights, block.keyMask == nullptr ? nullptr : mask, queries, keys, values, values + SOFTMAX_KEYS * valueWidth};
}

/** Keys keyStart .. of a block to panels [dim][FILTER_KEYS], and their mask to -inf (hidden) or inf. */
LEV_INLINE void packBlock(const SoftmaxBlock &block, size_t keyStart, size_t blockKeys, float *panels, float *mask) {
  packPanels<FILTER_KEYS>(block.keys + keyStart * block.dim, blockKeys, block.dim, panels);
  if (mask == nullptr) return;
  for (size_t k = 0; k < blockKeys; k++) mask[k] = block.keyMask[keyStart + k] == 0 ? -__builtin_inff() : __builtin_inff();
}

/** The first key of a block that query q sees, or with `ends` the end, exclusive; `otherwise` where there are no ranges. */
LEV_INLINE size_t withinBlock(const uint32_t *keys, size_t q, size_t keyStart, size_t blockKeys, size_t otherwise) {
  if (keys == nullptr) return otherwise;
  const size_t key = keys[q];
  return key <= keyStart ? 0 : least(key - keyStart, blockKeys);
}

struct Span {
  size_t from, to;
};

LEV_INLINE Span seenBy(const SoftmaxBlock &block, size_t q, size_t keyStart, size_t blockKeys) {
  return {withinBlock(block.starts, q, keyStart, blockKeys, 0), withinBlock(block.ends, q, keyStart, blockKeys, blockKeys)};
}

/** What queries first .. last - 1 see of a block, in whole panels; from = to where they see nothing. */
LEV_INLINE Span spanOf(const SoftmaxBlock &block, size_t first, size_t last, size_t keyStart, size_t blockKeys) {
  size_t from = SOFTMAX_KEYS, to = 0;
  for (size_t q = first; q < last; q++) {
    const Span seen = seenBy(block, q, keyStart, blockKeys);
    if (seen.from >= seen.to) continue;
    from = least(from, seen.from);
    to = to > seen.to ? to : seen.to;
  }
  return from >= to ? Span{0, 0} : Span{from / FILTER_KEYS * FILTER_KEYS, roundedUp(to, FILTER_KEYS)};
}

/** Dots of a panel of queries and those of keys from .. to - 1, rows `outStride` numbers apart. */
LEV_INLINE void fillDots(const float *queries, const float *keys, size_t dim, size_t from, size_t to, float *out, size_t outStride) {
  for (size_t k = from; k < to; k += FILTER_KEYS) {
    F32 sums[SOFTMAX_QUERIES][2];
    dotTile<SOFTMAX_QUERIES, 2, FILTER_KEYS>(sums, queries, keys + k * dim, dim);
    LEV_UNROLL
    for (size_t i = 0; i < SOFTMAX_QUERIES; i++)
      for (size_t v = 0; v < 2; v++) store(out + i * outStride + k + v * LANES32, sums[i][v]);
  }
}

size_t softmaxPairs(const SoftmaxHits &hits, const SoftmaxRows &rows, const double *thresholds, bool isAbsolute, const SoftmaxBlock &block,
                    float *scratch) {
  const SoftmaxRoom room = softmaxRoom(scratch, block, 0);
  packPanels<SOFTMAX_QUERIES>(block.queries, block.queryCount, block.dim, room.queries);
  const size_t fours = (block.queryCount + SOFTMAX_QUERIES - 1) / SOFTMAX_QUERIES;
  const size_t steps = fours * ((block.keyCount + SOFTMAX_KEYS - 1) / SOFTMAX_KEYS);
  size_t packed = SIZE_MAX, found = 0, step = *hits.progress;
  for (; step < steps && hits.capacity - found >= STEP_HITS; step++) {
    const size_t keyStart = step / fours * SOFTMAX_KEYS, blockKeys = least(SOFTMAX_KEYS, block.keyCount - keyStart);
    if (packed != keyStart) packBlock(block, keyStart, blockKeys, room.keys, room.mask);
    packed = keyStart;
    const size_t first = step % fours * SOFTMAX_QUERIES, last = least(first + SOFTMAX_QUERIES, block.queryCount);
    const auto [from, to] = spanOf(block, first, last, keyStart, blockKeys);
    if (from == to) continue;
    fillDots(room.queries + first * block.dim, room.keys, block.dim, from, to, room.logits, SOFTMAX_KEYS);
    for (size_t q = first; q < last; q++) {
      float *row = room.logits + (q - first) * SOFTMAX_KEYS;
      const Span seen = seenBy(block, q, keyStart, blockKeys);
      hideOutside(row, from, to, seen.from, seen.to, room.mask);
      const float top = topOf(row, from, to);
      if (top == -__builtin_inff()) continue;
      const float shift = raise(top, rows.shifts + q, rows.totals + q, nullptr, 0);
      const double total = rows.totals[q] + weigh(row, room.weights, from, to, shift);
      rows.totals[q] = total;
      found += writeHits(row, from, to, shift, top, total, thresholds[q], isAbsolute, hits.queries + found, hits.keys + found,
                         hits.logits + found, static_cast<uint32_t>(q), static_cast<uint32_t>(keyStart));
    }
  }
  *hits.progress = step < steps ? static_cast<uint32_t>(step) : 0;
  return found;
}

/** Rows [rowCount, width] with their columns padded to `to` numbers by zeros, and rows of zeros up to `allRows`. */
LEV_INLINE void padRows(const float *from, size_t rowCount, size_t width, float *to, size_t paddedWidth, size_t allRows) {
  for (size_t r = 0; r < rowCount; r++) {
    std::memcpy(to + r * paddedWidth, from + r * width, width * sizeof(float));
    for (size_t c = width; c < paddedWidth; c++) to[r * paddedWidth + c] = 0;
  }
  std::memset(to + rowCount * paddedWidth, 0, (allRows - rowCount) * paddedWidth * sizeof(float));
}

/** out [4][vectors] = Σ_t entry(r, t) row [t], in float32 from 0 in the order of t; entry (r, t) at r * rowStep + t * termStep. */
template <size_t vectors>
LEV_INLINE void productTile(float *out, size_t outStride, const float *entries, size_t rowStep, size_t termStep, const float *rows,
                            size_t stride, size_t terms) {
  F32 sums[4][vectors];
  LEV_UNROLL
  for (size_t i = 0; i < 4; i++)
    for (size_t v = 0; v < vectors; v++) sums[i][v] = F32{};
  for (size_t t = 0; t < terms; t++) {
    F32 b[vectors];
    for (size_t v = 0; v < vectors; v++) b[v] = load(rows + v * LANES32);
    LEV_UNROLL
    for (size_t i = 0; i < 4; i++) {
      const F32 x = splat(entries[i * rowStep]);
      for (size_t v = 0; v < vectors; v++) sums[i][v] = sums[i][v] + x * b[v];
    }
    entries += termStep;
    rows += stride;
  }
  LEV_UNROLL
  for (size_t i = 0; i < 4; i++)
    for (size_t v = 0; v < vectors; v++) store(out + i * outStride + v * LANES32, sums[i][v]);
}

/** The same over all columns [width], a multiple of LANES32. */
LEV_INLINE void productRows(float *out, size_t width, const float *entries, size_t rowStep, size_t termStep, const float *rows, size_t stride,
                            size_t terms) {
  size_t c = 0;
  for (; c + VALUE_VECTORS * LANES32 <= width; c += VALUE_VECTORS * LANES32)
    productTile<VALUE_VECTORS>(out + c, width, entries, rowStep, termStep, rows + c, stride, terms);
  for (; c + 2 * LANES32 <= width; c += 2 * LANES32)
    productTile<2>(out + c, width, entries, rowStep, termStep, rows + c, stride, terms);
  for (; c < width; c += LANES32) productTile<1>(out + c, width, entries, rowStep, termStep, rows + c, stride, terms);
}

LEV_INLINE void addFloats(double *sums, const float *parts, size_t count) {
  for (size_t c = 0; c < count; c++) sums[c] += static_cast<double>(parts[c]);
}

void softmaxValues(double *sums, const SoftmaxRows &rows, const SoftmaxBlock &block, const float *values, size_t valueDim, float *scratch) {
  const size_t width = roundedUp(valueDim, LANES32);
  const SoftmaxRoom room = softmaxRoom(scratch, block, width);
  packPanels<SOFTMAX_QUERIES>(block.queries, block.queryCount, block.dim, room.queries);
  for (size_t keyStart = 0; keyStart < block.keyCount; keyStart += SOFTMAX_KEYS) {
    const size_t blockKeys = least(SOFTMAX_KEYS, block.keyCount - keyStart);
    packBlock(block, keyStart, blockKeys, room.keys, room.mask);
    padRows(values + keyStart * valueDim, blockKeys, valueDim, room.values, width, roundedUp(blockKeys, FILTER_KEYS));
    for (size_t first = 0; first < block.queryCount; first += SOFTMAX_QUERIES) {
      const size_t last = least(first + SOFTMAX_QUERIES, block.queryCount);
      const auto [from, to] = spanOf(block, first, last, keyStart, blockKeys);
      if (from == to) continue;
      fillDots(room.queries + first * block.dim, room.keys, block.dim, from, to, room.logits, SOFTMAX_KEYS);
      bool isSeeing[SOFTMAX_QUERIES] = {};
      for (size_t q = first; q < last; q++) {
        float *row = room.logits + (q - first) * SOFTMAX_KEYS;
        const Span seen = seenBy(block, q, keyStart, blockKeys);
        hideOutside(row, from, to, seen.from, seen.to, room.mask);
        const float top = topOf(row, from, to);
        isSeeing[q - first] = top != -__builtin_inff();
        if (!isSeeing[q - first]) continue;
        const float shift = raise(top, rows.shifts + q, rows.totals + q, sums + q * valueDim, valueDim);
        rows.totals[q] += weigh(row, row, from, to, shift);
      }
      for (size_t k = from; k < to;) {
        const size_t end = least(k / VALUE_KEYS * VALUE_KEYS + VALUE_KEYS, to);
        productRows(room.parts, width, room.logits + k, SOFTMAX_KEYS, 1, room.values + k * width, width, end - k);
        for (size_t t = 0; t < last - first; t++)
          if (isSeeing[t]) addFloats(sums + (first + t) * valueDim, room.parts + t * width, valueDim);
        k = end;
      }
    }
  }
}
