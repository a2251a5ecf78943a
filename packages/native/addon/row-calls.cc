// Calls of the kernels over rows.
#include "call.h"
#include "calls.h"

namespace lev {
namespace {

double real(size_t count) { return static_cast<double>(count); }

napi_value gramScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "gram_scratch", 1);
  const size_t dim = call.count(0);
  return call.isRefused() ? call.nothing() : call.result(call.table().gramScratch(real(dim)));
}

template <class T, auto kernel> napi_value gram(napi_env env, napi_callback_info info) {
  Call call(env, info, "gram", 5);
  const size_t rowCount = call.count(2), dim = call.count(3);
  double *sums = call.array<double>(0, {dim, dim});
  const T *rows = call.array<T>(1, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(4, call.table().gramScratch(real(dim)));
  if (!call.isRefused()) (call.table().*kernel)(sums, rows, rowCount, dim, scratch);
  return call.nothing();
}

napi_value multiplyScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "multiply_scratch", 2);
  const size_t dim = call.count(0), outDim = call.count(1);
  return call.isRefused() ? call.nothing() : call.result(call.table().multiplyScratch(real(dim), real(outDim)));
}

napi_value multiplyPack(napi_env env, napi_callback_info info) {
  Call call(env, info, "multiply_pack", 4);
  const size_t dim = call.count(1), outDim = call.count(2);
  const double *matrix = call.array<double>(0, {dim, outDim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(3, call.table().multiplyScratch(real(dim), real(outDim)));
  if (!call.isRefused()) call.table().multiplyPack(matrix, dim, outDim, scratch);
  return call.nothing();
}

template <class T, auto kernel> napi_value multiply(napi_env env, napi_callback_info info) {
  Call call(env, info, "multiply", 6);
  const size_t rowCount = call.count(2), dim = call.count(3), outDim = call.count(4);
  double *out = call.array<double>(0, {rowCount, outDim});
  const T *rows = call.array<T>(1, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(5, call.table().multiplyScratch(real(dim), real(outDim)));
  if (!call.isRefused()) (call.table().*kernel)(out, rows, rowCount, dim, outDim, scratch);
  return call.nothing();
}

napi_value leverageScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "leverage_scratch", 1);
  const size_t dim = call.count(0);
  return call.isRefused() ? call.nothing() : call.result(call.table().leverageScratch(real(dim)));
}

napi_value leveragePack(napi_env env, napi_callback_info info) {
  Call call(env, info, "leverage_pack", 3);
  const size_t dim = call.count(1);
  const double *lower = call.array<double>(0, {dim, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(2, call.table().leverageScratch(real(dim)));
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
  double *scratch = call.scratch(5, call.table().leverageScratch(real(dim)));
  if (!call.isRefused()) (call.table().*kernel)(tau, rows, rowCount, dim, whitened, scratch);
  return call.nothing();
}

/** out [rowCount] of rows [rowCount, dim] and a vector [dim]. */
template <class T, class O, auto kernel> napi_value norms(napi_env env, napi_callback_info info) {
  Call call(env, info, "norms", 5);
  const size_t rowCount = call.count(3), dim = call.count(4);
  O *out = call.array<O>(0, {rowCount});
  const T *rows = call.array<T>(1, {rowCount, dim});
  const O *vector = call.array<O>(2, {dim});
  if (!call.isRefused()) (call.table().*kernel)(out, rows, vector, rowCount, dim);
  return call.nothing();
}

template <class T, auto kernel> napi_value atLeast(napi_env env, napi_callback_info info) {
  Call call(env, info, "at_least", 5);
  const size_t count = call.count(3), start = call.count(4);
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
    {"scale_rows_f32", scaleRows<float, double, &Table::scaleRowsF32>},
    {"scale_rows_f64", scaleRows<double, double, &Table::scaleRowsF64>},
    {"scale_rows_to_f32", scaleRows<double, float, &Table::scaleRowsToF32>},
    {"row_dots", rowDots},
    {"move_sum", moveSum},
};
const size_t rowCallCount = sizeof rowCalls / sizeof rowCalls[0];

} // namespace lev
