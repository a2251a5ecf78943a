// Calls of the kernels over rows.
#include "call.h"
#include "calls.h"

namespace lev {
namespace {

/** Parts of rows begin at multiples of it: a multiple of every kernel's block. */
constexpr size_t PART_ROWS = 64;

/** Operations that a number takes as long as where there is one a number: memory is what it waits for. */
constexpr double MOVED = 4;
/** Operations of a power of two, which a sum of them is made of. */
constexpr double POWER = 32;

double real(size_t count) { return static_cast<double>(count); }
size_t numbers(double bytes) { return static_cast<size_t>(bytes) / sizeof(double); }

double gramBytes(const Call &call, size_t dim) { return real(call.mostParts()) * call.table().gramScratch(real(dim)); }
double multiplyBytes(const Call &call, size_t dim, size_t outDim) {
  return call.table().multiplyPacked(real(dim), real(outDim)) + real(call.mostParts()) * call.table().multiplyWork(real(dim));
}
double leverageBytes(const Call &call, size_t dim) {
  return call.table().leveragePacked(real(dim)) + real(call.mostParts()) * call.table().leverageWork(real(dim));
}

napi_value gramScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "gram_scratch", 1);
  const size_t dim = call.whole(0);
  return call.isRefused() ? call.nothing() : call.result(gramBytes(call, dim));
}

/** Each part packs the rows for itself, which takes less than to wait for one another, and sums tiles of its own. */
template <class T, auto kernel> napi_value gram(napi_env env, napi_callback_info info) {
  Call call(env, info, "gram", 5);
  const size_t rowCount = call.count(2), dim = call.count(3);
  double *sums = call.array<double>(0, {dim, dim});
  const T *rows = call.array<T>(1, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(4, gramBytes(call, dim));
  if (call.isRefused()) return call.nothing();
  const Table &table = call.table();
  const size_t each = numbers(table.gramScratch(real(dim)));
  call.share(table.gramTiles(dim), 1, real(rowCount) * real(dim) * real(dim), [=, &table](size_t begin, size_t end, size_t part) {
    (table.*kernel)(sums, rows, rowCount, dim, begin, end, scratch + part * each);
  });
  return call.nothing();
}

/** sums [count, dim, dim] and rows [count, rowCount, dim]: one Gram a part. */
template <class T, auto kernel> napi_value grams(napi_env env, napi_callback_info info) {
  Call call(env, info, "grams", 6);
  const size_t rowCount = call.count(2), count = call.count(3), dim = call.count(4);
  double *sums = call.array<double>(0, {count, dim, dim});
  const T *rows = call.array<T>(1, {count, rowCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(5, gramBytes(call, dim));
  if (call.isRefused()) return call.nothing();
  const Table &table = call.table();
  const size_t tiles = table.gramTiles(dim), each = numbers(table.gramScratch(real(dim)));
  const double operations = real(count) * real(rowCount) * real(dim) * real(dim);
  call.share(count, 1, operations, [=, &table](size_t begin, size_t end, size_t part) {
    for (size_t i = begin; i < end; i++)
      (table.*kernel)(sums + i * dim * dim, rows + i * rowCount * dim, rowCount, dim, 0, tiles, scratch + part * each);
  });
  return call.nothing();
}

napi_value multiplyScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "multiply_scratch", 2);
  const size_t dim = call.whole(0), outDim = call.whole(1);
  return call.isRefused() ? call.nothing() : call.result(multiplyBytes(call, dim, outDim));
}

napi_value multiplyPack(napi_env env, napi_callback_info info) {
  Call call(env, info, "multiply_pack", 4);
  const size_t dim = call.count(1), outDim = call.count(2);
  const double *matrix = call.array<double>(0, {dim, outDim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(3, multiplyBytes(call, dim, outDim));
  if (!call.isRefused()) call.table().multiplyPack(matrix, dim, outDim, scratch);
  return call.nothing();
}

template <class T, auto kernel> napi_value multiply(napi_env env, napi_callback_info info) {
  Call call(env, info, "multiply", 6);
  const size_t rowCount = call.count(2), dim = call.count(3), outDim = call.count(4);
  double *out = call.array<double>(0, {rowCount, outDim});
  const T *rows = call.array<T>(1, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(5, multiplyBytes(call, dim, outDim));
  if (call.isRefused()) return call.nothing();
  const Table &table = call.table();
  double *work = scratch + numbers(table.multiplyPacked(real(dim), real(outDim)));
  const size_t each = numbers(table.multiplyWork(real(dim)));
  const double operations = 2 * real(rowCount) * real(dim) * real(outDim);
  call.share(rowCount, PART_ROWS, operations, [=, &table](size_t begin, size_t end, size_t part) {
    (table.*kernel)(out + begin * outDim, rows + begin * dim, end - begin, dim, outDim, scratch, work + part * each);
  });
  return call.nothing();
}

napi_value leverageScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "leverage_scratch", 1);
  const size_t dim = call.whole(0);
  return call.isRefused() ? call.nothing() : call.result(leverageBytes(call, dim));
}

napi_value leveragePack(napi_env env, napi_callback_info info) {
  Call call(env, info, "leverage_pack", 3);
  const size_t dim = call.count(1);
  const double *lower = call.array<double>(0, {dim, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(2, leverageBytes(call, dim));
  if (!call.isRefused()) call.table().leveragePack(lower, dim, scratch);
  return call.nothing();
}

template <class T, auto kernel> napi_value leverage(napi_env env, napi_callback_info info) {
  Call call(env, info, "leverage", 6);
  const size_t rowCount = call.count(2), dim = call.count(3);
  double *tau = call.array<double>(0, {rowCount});
  const T *rows = call.array<T>(1, {rowCount, dim});
  double *whitened = call.optional<double>(4, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(5, leverageBytes(call, dim));
  if (call.isRefused()) return call.nothing();
  const Table &table = call.table();
  double *work = scratch + numbers(table.leveragePacked(real(dim)));
  const size_t each = numbers(table.leverageWork(real(dim)));
  const double operations = real(rowCount) * real(dim) * real(dim);
  call.share(rowCount, PART_ROWS, operations, [=, &table](size_t begin, size_t end, size_t part) {
    double *whitenedHere = whitened == nullptr ? nullptr : whitened + begin * dim;
    (table.*kernel)(tau + begin, rows + begin * dim, end - begin, dim, whitenedHere, scratch, work + part * each);
  });
  return call.nothing();
}

/** out [rowCount] of rows [rowCount, dim] and a vector [dim]. */
template <class T, class O, auto kernel> napi_value norms(napi_env env, napi_callback_info info) {
  Call call(env, info, "norms", 5);
  const size_t rowCount = call.count(3), dim = call.count(4);
  O *out = call.array<O>(0, {rowCount});
  const T *rows = call.array<T>(1, {rowCount, dim});
  const O *vector = call.array<O>(2, {dim});
  if (call.isRefused()) return call.nothing();
  const Table &table = call.table();
  call.share(rowCount, PART_ROWS, MOVED * real(rowCount) * real(dim), [=, &table](size_t begin, size_t end, size_t) {
    (table.*kernel)(out + begin, rows + begin * dim, vector, end - begin, dim);
  });
  return call.nothing();
}

template <class T, auto kernel> napi_value atLeast(napi_env env, napi_callback_info info) {
  Call call(env, info, "at_least", 5);
  const size_t count = call.count(3), start = call.whole(4);
  uint32_t *hits = call.array<uint32_t>(0, {count});
  const T *values = call.array<T>(1, {count});
  if (call.isRefused()) return call.nothing();
  return call.result(real((call.table().*kernel)(hits, values, call.number(2), count, static_cast<uint32_t>(start))));
}

template <class T, auto kernel> napi_value rowMaxima(napi_env env, napi_callback_info info) {
  Call call(env, info, "row_maxima", 4);
  const size_t rowCount = call.count(2), dim = call.count(3);
  double *out = call.array<double>(0, {rowCount});
  const T *rows = call.array<T>(1, {rowCount, dim});
  if (!call.isRefused()) (call.table().*kernel)(out, rows, rowCount, dim);
  return call.nothing();
}

napi_value rowTops(napi_env env, napi_callback_info info) {
  Call call(env, info, "row_tops", 4);
  const size_t rowCount = call.count(2), dim = call.count(3);
  double *out = call.array<double>(0, {rowCount});
  const double *rows = call.array<double>(1, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  const Table &table = call.table();
  call.share(rowCount, PART_ROWS, MOVED * real(rowCount) * real(dim), [=, &table](size_t begin, size_t end, size_t) {
    table.rowTops(out + begin, rows + begin * dim, end - begin, dim);
  });
  return call.nothing();
}

napi_value exp2Sums(napi_env env, napi_callback_info info) {
  Call call(env, info, "exp2_sums", 6);
  const size_t rowCount = call.count(3), dim = call.count(4);
  double *out = call.array<double>(0, {rowCount});
  const double *rows = call.array<double>(1, {rowCount, dim});
  const double *shifts = call.array<double>(2, {rowCount});
  double *weights = call.optional<double>(5, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  const Table &table = call.table();
  call.share(rowCount, PART_ROWS, POWER * real(rowCount) * real(dim), [=, &table](size_t begin, size_t end, size_t) {
    double *weightsHere = weights == nullptr ? nullptr : weights + begin * dim;
    table.exp2Sums(out + begin, rows + begin * dim, shifts + begin, end - begin, dim, weightsHere);
  });
  return call.nothing();
}

template <class T, class O, auto kernel> napi_value scaleRows(napi_env env, napi_callback_info info) {
  Call call(env, info, "scale_rows", 5);
  const size_t rowCount = call.count(3), dim = call.count(4);
  O *out = call.array<O>(0, {rowCount, dim});
  const T *rows = call.array<T>(1, {rowCount, dim});
  const double *factors = call.array<double>(2, {rowCount});
  if (!call.isRefused()) (call.table().*kernel)(out, rows, factors, rowCount, dim);
  return call.nothing();
}

napi_value rowDots(napi_env env, napi_callback_info info) {
  Call call(env, info, "row_dots", 5);
  const size_t rowCount = call.count(3), dim = call.count(4);
  double *out = call.array<double>(0, {rowCount});
  const double *left = call.array<double>(1, {rowCount, dim}), *right = call.array<double>(2, {rowCount, dim});
  if (!call.isRefused()) call.table().rowDots(out, left, right, rowCount, dim);
  return call.nothing();
}

napi_value moveSum(napi_env env, napi_callback_info info) {
  Call call(env, info, "move_sum", 3);
  const size_t length = call.count(2);
  double *into = call.array<double>(0, {length}), *from = call.array<double>(1, {length});
  if (!call.isRefused()) call.table().moveSum(into, from, length);
  return call.nothing();
}

} // namespace

const Named rowCalls[] = {
    {"gram_scratch", gramScratch},
    {"gram_f32", gram<float, &Table::gramF32>},
    {"gram_f64", gram<double, &Table::gramF64>},
    {"grams_f32", grams<float, &Table::gramF32>},
    {"grams_f64", grams<double, &Table::gramF64>},
    {"multiply_scratch", multiplyScratch},
    {"multiply_pack", multiplyPack},
    {"multiply_f32", multiply<float, &Table::multiplyF32>},
    {"multiply_f64", multiply<double, &Table::multiplyF64>},
    {"leverage_scratch", leverageScratch},
    {"leverage_pack", leveragePack},
    {"leverage_f32", leverage<float, &Table::leverageF32>},
    {"leverage_f64", leverage<double, &Table::leverageF64>},
    {"weighted_norms_f32", norms<float, double, &Table::weightedNormsF32>},
    {"weighted_norms_f64", norms<double, double, &Table::weightedNormsF64>},
    {"row_norms_f32", norms<float, float, &Table::rowNormsF32>},
    {"row_norms_f64", norms<double, double, &Table::rowNormsF64>},
    {"at_least_f32", atLeast<float, &Table::atLeastF32>},
    {"at_least_f64", atLeast<double, &Table::atLeastF64>},
    {"row_maxima_f32", rowMaxima<float, &Table::rowMaximaF32>},
    {"row_maxima_f64", rowMaxima<double, &Table::rowMaximaF64>},
    {"row_tops", rowTops},
    {"exp2_sums", exp2Sums},
    {"scale_rows_f32", scaleRows<float, double, &Table::scaleRowsF32>},
    {"scale_rows_f64", scaleRows<double, double, &Table::scaleRowsF64>},
    {"scale_rows_to_f32", scaleRows<double, float, &Table::scaleRowsToF32>},
    {"row_dots", rowDots},
    {"move_sum", moveSum},
};
const size_t rowCallCount = sizeof rowCalls / sizeof rowCalls[0];

} // namespace lev
