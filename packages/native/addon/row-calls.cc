// Calls of the kernels over rows.
#include "call.h"
#include "calls.h"

namespace lev {
namespace {

napi_value gramScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "gram_scratch", 1);
  const double dim = static_cast<double>(call.count(0));
  return call.isRefused() ? call.nothing() : call.result(call.table().gramScratch(dim));
}

template <class T, auto kernel> napi_value gram(napi_env env, napi_callback_info info) {
  Call call(env, info, "gram", 5);
  const size_t rowCount = call.count(2), dim = call.count(3);
  double *sums = call.array<double>(0, {dim, dim});
  const T *rows = call.array<T>(1, {rowCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(4, call.table().gramScratch(static_cast<double>(dim)));
  if (!call.isRefused()) (call.table().*kernel)(sums, rows, rowCount, dim, scratch);
  return call.nothing();
}

} // namespace

const Named rowCalls[] = {
    {"gram_scratch", gramScratch},
    {"gram_f32", gram<float, &Table::gramF32>},
    {"gram_f64", gram<double, &Table::gramF64>},
};
const size_t rowCallCount = sizeof rowCalls / sizeof rowCalls[0];

} // namespace lev
