// The kernels of one level of vectors, and what some of them take. What they compute: core's Kernels.
#pragma once
#include <cstddef>
#include <cstdint>

namespace lev {

struct CertificateTerms {
  double gramError, rootError, ridge, dropRidge, shortfall, ridgeShare, trustedBelow;
};

struct FilterTerms {
  double epsilon, room, lengths, relative, underflow;
};

struct PairTerms {
  double rounding, limit, epsilon;
  uint32_t queryStart, slotStart;
};

struct PairColumns {
  uint32_t *queries, *slots;
  double *dots, *scores, *slacks;
};

/** `starts`, `ends` and `keyMask` are null where there are none. */
struct SoftmaxBlock {
  const float *queries;
  size_t queryCount;
  const float *keys;
  size_t keyCount, dim;
  const uint32_t *starts, *ends;
  const uint8_t *keyMask;
};

struct SoftmaxRows {
  double *shifts, *totals;
};

struct SoftmaxHits {
  uint32_t *queries, *keys;
  float *logits;
  size_t capacity;
  uint32_t *progress;
};

struct GradientRows {
  const double *shifts, *totals, *means;
  const float *dOutputs;
};

struct GradientSums {
  double *queries, *keys, *values;
};

/** A head of self-attention; `ids` is null for all keys. */
struct Head {
  const float *keys, *values;
  const uint32_t *ids;
  size_t rows, keyCount, dim, valueDim;
};

struct Table {
  const char *name;

  double (*gramScratch)(double dim);
  /** A part of the Gram is tiles [begin, end) of these, summed over all rows. */
  size_t (*gramTiles)(size_t dim);
  void (*gramF32)(double *gram, const float *rows, size_t rowCount, size_t dim, size_t begin, size_t end, double *scratch);
  void (*gramF64)(double *gram, const double *rows, size_t rowCount, size_t dim, size_t begin, size_t end, double *scratch);

  /** Bytes of a packed matrix, which all parts read, and of the work space of each part. */
  double (*multiplyPacked)(double dim, double outDim);
  double (*multiplyWork)(double dim);
  void (*multiplyPack)(const double *matrix, size_t dim, size_t outDim, double *packed);
  void (*multiplyF32)(double *out, const float *rows, size_t rowCount, size_t dim, size_t outDim, const double *packed, double *work);
  void (*multiplyF64)(double *out, const double *rows, size_t rowCount, size_t dim, size_t outDim, const double *packed, double *work);

  double (*leveragePacked)(double dim);
  double (*leverageWork)(double dim);
  void (*leveragePack)(const double *lower, size_t dim, double *packed);
  void (*leverageF32)(double *tau, const float *rows, size_t rowCount, size_t dim, double *whitened, const double *packed, double *work);
  void (*leverageF64)(double *tau, const double *rows, size_t rowCount, size_t dim, double *whitened, const double *packed, double *work);

  void (*weightedNormsF32)(double *out, const float *rows, const double *weights, size_t rowCount, size_t dim);
  void (*weightedNormsF64)(double *out, const double *rows, const double *weights, size_t rowCount, size_t dim);
  void (*rowNormsF32)(float *out, const float *rows, const float *scales, size_t rowCount, size_t dim);
  void (*rowNormsF64)(double *out, const double *rows, const double *scales, size_t rowCount, size_t dim);
  size_t (*atLeastF32)(uint32_t *hits, const float *values, double threshold, size_t count, uint32_t start);
  size_t (*atLeastF64)(uint32_t *hits, const double *values, double threshold, size_t count, uint32_t start);
  void (*rowMaximaF32)(double *out, const float *rows, size_t rowCount, size_t dim);
  void (*rowMaximaF64)(double *out, const double *rows, size_t rowCount, size_t dim);
  void (*rowTops)(double *out, const double *rows, size_t rowCount, size_t dim);
  void (*exp2Sums)(double *out, const double *rows, const double *shifts, size_t rowCount, size_t dim, double *weights);

  void (*scaleRowsF32)(double *out, const float *rows, const double *factors, size_t rowCount, size_t dim);
  void (*scaleRowsF64)(double *out, const double *rows, const double *factors, size_t rowCount, size_t dim);
  void (*scaleRowsToF32)(float *out, const double *rows, const double *factors, size_t rowCount, size_t dim);
  void (*rowDots)(double *out, const double *left, const double *right, size_t rowCount, size_t dim);
  void (*moveSum)(double *into, double *from, size_t length);

  double (*filterScratch)(double queryCount, double keyCount, double dim);
  void (*filterPackQueries)(const float *queries, size_t queryCount, size_t dim, float *scratch);
  size_t (*filterDots)(uint32_t *hits, size_t queryCount, const float *keys, size_t keyCount, size_t dim, uint32_t queryStart,
                       uint32_t keyStart, float *scratch);

  double (*splitScratch)(double queryCount, double dim);
  void (*splitPackQueries)(const double *queries, size_t queryCount, size_t dim, double *scratch);
  void (*splitDotsF32)(double *out, size_t outStride, size_t queryCount, const float *keys, size_t keyCount, size_t dim, double *scratch);
  void (*splitDotsF64)(double *out, size_t outStride, size_t queryCount, const double *keys, size_t keyCount, size_t dim, double *scratch);

  size_t (*powersOfTwo)(double *factors, int32_t *shifts, const double *maxima, size_t count);
  size_t (*certifyQueries)(double *errors, double *searched, const double *rowSums, const double *columnSizes, const double *gramSizes,
                           const double *ridgeSizes, size_t count, const CertificateTerms &terms);
  void (*filterFactors)(double *factors, const double *rowSums, const double *errors, size_t count, const FilterTerms &terms);
  int32_t (*scorePairs)(const PairColumns &kept, const uint32_t *hits, size_t pairCount, const double *queries, size_t queryCount,
                        const double *keys, size_t keyCount, const double *rowSums, const double *errors, size_t dim,
                        const PairTerms &terms);

  void (*solveCholesky)(double *x, const double *lower, size_t dim);
  void (*equilibrate)(double *out, const double *gram, const double *norms, size_t dim);

  double (*softmaxScratch)(double queryCount, double dim, double valueDim);
  size_t (*softmaxPairs)(const SoftmaxHits &hits, const SoftmaxRows &rows, const double *thresholds, bool isAbsolute,
                         const SoftmaxBlock &block, float *scratch);
  void (*softmaxValues)(double *sums, const SoftmaxRows &rows, const SoftmaxBlock &block, const float *values, size_t valueDim,
                        float *scratch);

  double (*gradientScratch)(double queryCount, double dim, double valueDim);
  void (*softmaxGradient)(const GradientSums &into, const GradientRows &rows, const SoftmaxBlock &block, const float *values,
                          size_t valueDim, float *scratch);

  double (*headScratch)(double rows, double keyCount, double dim, double valueDim);
  /** False where an id is no row: nothing of it is written. */
  bool (*softmaxHead)(float *output, float *octaves, const SoftmaxRows &rows, double *sums, const float *queries, const Head &head,
                      double factor, float *scratch);
  double (*headGradientScratch)(double rows, double keyCount, double dim, double valueDim);
  bool (*softmaxHeadGradient)(float *dQueries, float *dKeys, float *dValues, const float *dOutput, const float *octaves,
                              const SoftmaxRows &rows, const double *outputs, const Head &head, double scale, double inverse,
                              float *scratch);
};

extern const Table portableTable;
#ifdef LEV_X86
extern const Table avx2Table;
extern const Table avx512Table;
#endif

} // namespace lev
