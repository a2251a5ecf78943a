// What is computed of every query and of every pair that the filter lets pass: core's scalar-queries.ts, bit for bit.

/** Kernels.powersOfTwo. */
size_t powersOfTwo(double *factors, int32_t *shifts, const double *maxima, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int32_t exponent = 0;
    if (maxima[i] != 0) {
      uint64_t bits;
      __builtin_memcpy(&bits, maxima + i, sizeof bits);
      exponent = static_cast<int32_t>(bits >> 52 & 0x7ff) - 1022;
      if (exponent >= 900 || exponent <= -900) return i;
    }
    const uint64_t power = static_cast<uint64_t>(1023 - exponent) << 52;
    shifts[i] = -exponent;
    __builtin_memcpy(factors + i, &power, sizeof power);
  }
  return count;
}

/** Kernels.certifyQueries. */
size_t certifyQueries(double *errors, double *searched, const double *rowSums, const double *columnSizes, const double *gramSizes,
                      const double *ridgeSizes, size_t count, const CertificateTerms &terms) {
  size_t settled = 0;
  for (size_t q = 0; q < count; q++) {
    const double rowSum = rowSums[q], columnSize = columnSizes[q];
    const double known = terms.gramError * gramSizes[q] / rowSum + terms.rootError * std::sqrt(columnSize / rowSum);
    const double error = rowSum > 0 ? known : __builtin_inf();
    const double length = std::sqrt(ridgeSizes[q]) + terms.shortfall * std::sqrt(columnSize);
    const double limit = terms.ridgeShare * rowSum * (1 - error);
    // Of the larger of both, and of a NaN: none is at most anything.
    const bool isCovered = terms.ridge * (length * length) <= limit && terms.dropRidge * columnSize <= limit;
    const bool isSettled = error <= terms.trustedBelow && isCovered;
    errors[q] = error;
    searched[q] = isSettled ? rowSum : 0;
    settled += isSettled;
  }
  return settled;
}

/** Kernels.filterFactors. */
void filterFactors(double *factors, const double *rowSums, const double *errors, size_t count, const FilterTerms &terms) {
  for (size_t q = 0; q < count; q++) {
    const double rowSum = rowSums[q];
    const double c = terms.room * std::sqrt(terms.epsilon * rowSum);
    const double e = (terms.relative + errors[q]) * (terms.lengths * std::sqrt(rowSum)) / c + terms.underflow;
    factors[q] = !(rowSum > 0) ? 0 : e < 0.5 ? 1 / (c * (1 - e)) : __builtin_nan("");
  }
}

/** Pairs whose sums hide each other's latency. */
constexpr size_t PAIRS_AT_ONCE = 8;

/** Kernels.scorePairs; ~i where pair i is of a query or key that is not there. */
int32_t scorePairs(const PairColumns &kept, const uint32_t *hits, size_t pairCount, const double *queries, size_t queryCount,
                   const double *keys, size_t keyCount, const double *rowSums, const double *errors, size_t dim, const PairTerms &terms) {
  size_t found = 0;
  for (size_t i = 0; i < pairCount; i += PAIRS_AT_ONCE) {
    const size_t count = least(PAIRS_AT_ONCE, pairCount - i);
    const double *query[PAIRS_AT_ONCE], *key[PAIRS_AT_ONCE];
    uint32_t numbers[PAIRS_AT_ONCE][2];
    double dots[PAIRS_AT_ONCE] = {}, sizes[PAIRS_AT_ONCE] = {};
    for (size_t t = 0; t < PAIRS_AT_ONCE; t++) {
      // The last one again where there are fewer.
      const size_t at = i + least(t, count - 1);
      std::memcpy(numbers[t], hits + 2 * at, sizeof numbers[t]);
      if (numbers[t][0] >= queryCount || numbers[t][1] >= keyCount) return ~static_cast<int32_t>(at);
      query[t] = queries + numbers[t][0] * dim;
      key[t] = keys + numbers[t][1] * dim;
    }
    for (size_t a = 0; a < dim; a++) {
      LEV_UNROLL
      for (size_t t = 0; t < PAIRS_AT_ONCE; t++) {
        const double product = query[t][a] * key[t][a];
        dots[t] += product;
        sizes[t] += std::fabs(product);
      }
    }
    for (size_t t = 0; t < count; t++) {
      const uint32_t q = numbers[t][0], k = numbers[t][1];
      const double own = terms.rounding * sizes[t] / std::fabs(dots[t]);
      const double ratio = dots[t] * dots[t] / rowSums[q];
      const double score = ratio > 1 ? 1 : ratio;
      const bool isKnown = own <= terms.limit;
      const double slack = isKnown ? own + errors[q] : __builtin_nan("");
      if (isKnown && !(score >= terms.epsilon * (1 - slack))) continue;
      kept.queries[found] = terms.queryStart + q;
      kept.slots[found] = terms.slotStart + k;
      kept.dots[found] = dots[t];
      kept.scores[found] = score;
      kept.slacks[found] = slack;
      found++;
    }
  }
  return static_cast<int32_t>(found);
}
