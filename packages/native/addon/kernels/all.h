// Included once a level, inside a namespace of its own: functions of two levels must never become one.
#include "lanes.h"
#include "pack-lanes.h"
#include "tile.h"
#include "gram.h"
#include "multiply.h"
#include "leverage.h"
#include "norms.h"
#include "weights.h"
#include "row-loops.h"
#include "filter-dots.h"
#include "split-dots.h"
#include "queries.h"
#include "dense.h"
#include "powers-of-two.h"
#include "exp2.h"
#include "softmax-row.h"
#include "softmax.h"
#include "softmax-gradient.h"
#include "softmax-head.h"

static constexpr Table table(const char *name) {
  return {
      name,
      gramScratch, gramTiles, gramF32, gramF64,
      multiplyPacked, multiplyWork, multiplyPack, multiplyF32, multiplyF64,
      leveragePacked, leverageWork, leveragePack, leverageF32, leverageF64,
      weightedNormsF32, weightedNormsF64, rowNormsF32, rowNormsF64,
      atLeastF32, atLeastF64, rowMaximaF32, rowMaximaF64, rowTops, exp2Sums,
      scaleRowsF32, scaleRowsF64, scaleRowsToF32, rowDots, moveSum,
      filterScratch, filterPackQueries, filterDots,
      splitScratch, splitPackQueries, splitDotsF32, splitDotsF64,
      powersOfTwo, certifyQueries, filterFactors, scorePairs,
      solveCholesky, equilibrate,
      softmaxScratch, softmaxPairs, softmaxValues,
      gradientScratch, softmaxGradient,
      headScratch, softmaxHead, headGradientScratch, softmaxHeadGradient,
  };
}
