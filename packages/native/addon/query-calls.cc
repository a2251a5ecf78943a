// Calls of the kernels over queries, pairs and one matrix.
#include "call.h"
#include "calls.h"

namespace lev {
namespace {

double real(size_t count) { return static_cast<double>(count); }
uint32_t word(size_t count) { return static_cast<uint32_t>(count); }

napi_value filterScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "filter_scratch", 3);
  const size_t queryCount = call.whole(0), keyCount = call.whole(1), dim = call.whole(2);
  if (call.isRefused()) return call.nothing();
  return call.result(call.table().filterScratch(real(queryCount), real(keyCount), real(dim)));
}

napi_value filterPackQueries(napi_env env, napi_callback_info info) {
  Call call(env, info, "filter_pack_queries", 4);
  const size_t queryCount = call.count(1), dim = call.count(2);
  const float *queries = call.array<float>(0, {queryCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(3, call.table().filterScratch(real(queryCount), 0, real(dim)));
  if (!call.isRefused()) call.table().filterPackQueries(queries, queryCount, dim, reinterpret_cast<float *>(scratch));
  return call.nothing();
}

napi_value filterDots(napi_env env, napi_callback_info info) {
  Call call(env, info, "filter_dots", 8);
  const size_t queryCount = call.count(1), keyCount = call.count(3), dim = call.count(4);
  const size_t queryStart = call.whole(5), keyStart = call.whole(6);
  uint32_t *hits = call.array<uint32_t>(0, {2, queryCount, keyCount});
  const float *keys = call.array<float>(2, {keyCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(7, call.table().filterScratch(real(queryCount), real(keyCount), real(dim)));
  if (call.isRefused()) return call.nothing();
  return call.result(real(call.table().filterDots(hits, queryCount, keys, keyCount, dim, word(queryStart), word(keyStart),
                                                  reinterpret_cast<float *>(scratch))));
}

napi_value splitScratch(napi_env env, napi_callback_info info) {
  Call call(env, info, "split_scratch", 2);
  const size_t queryCount = call.whole(0), dim = call.whole(1);
  return call.isRefused() ? call.nothing() : call.result(call.table().splitScratch(real(queryCount), real(dim)));
}

napi_value splitPackQueries(napi_env env, napi_callback_info info) {
  Call call(env, info, "split_pack_queries", 4);
  const size_t queryCount = call.count(1), dim = call.count(2);
  const double *queries = call.array<double>(0, {queryCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(3, call.table().splitScratch(real(queryCount), real(dim)));
  if (!call.isRefused()) call.table().splitPackQueries(queries, queryCount, dim, scratch);
  return call.nothing();
}

template <class T, auto kernel> napi_value splitDots(napi_env env, napi_callback_info info) {
  Call call(env, info, "split_dots", 7);
  const size_t strideBytes = call.count(1), queryCount = call.count(2), keyCount = call.count(4), dim = call.count(5);
  const size_t outStride = strideBytes / sizeof(double);
  if (strideBytes % sizeof(double) != 0 || outStride < keyCount) call.refuse("stride", real(strideBytes));
  // Its last row ends with its last key.
  const size_t whole = queryCount > 0 ? queryCount - 1 : 0;
  double *out = call.array<double>(0, {queryCount > 0 ? whole * outStride + keyCount : 0});
  const T *keys = call.array<T>(3, {keyCount, dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(6, call.table().splitScratch(real(queryCount), real(dim)));
  if (!call.isRefused()) (call.table().*kernel)(out, outStride, queryCount, keys, keyCount, dim, scratch);
  return call.nothing();
}

napi_value powersOfTwo(napi_env env, napi_callback_info info) {
  Call call(env, info, "powers_of_two", 4);
  const size_t count = call.count(3);
  double *factors = call.array<double>(0, {count});
  int32_t *shifts = call.array<int32_t>(1, {count});
  const double *maxima = call.array<double>(2, {count});
  if (call.isRefused()) return call.nothing();
  return call.result(real(call.table().powersOfTwo(factors, shifts, maxima, count)));
}

napi_value certifyQueries(napi_env env, napi_callback_info info) {
  Call call(env, info, "certify_queries", 14);
  const size_t count = call.count(6);
  double *vectors[6];
  for (size_t i = 0; i < 6; i++) vectors[i] = call.array<double>(i, {count});
  if (call.isRefused()) return call.nothing();
  const CertificateTerms terms = {call.number(7),  call.number(8),  call.number(9), call.number(10),
                                  call.number(11), call.number(12), call.number(13)};
  return call.result(real(call.table().certifyQueries(vectors[0], vectors[1], vectors[2], vectors[3], vectors[4], vectors[5], count, terms)));
}

napi_value filterFactors(napi_env env, napi_callback_info info) {
  Call call(env, info, "filter_factors", 9);
  const size_t count = call.count(3);
  double *factors = call.array<double>(0, {count});
  const double *rowSums = call.array<double>(1, {count}), *errors = call.array<double>(2, {count});
  if (call.isRefused()) return call.nothing();
  const FilterTerms terms = {call.number(4), call.number(5), call.number(6), call.number(7), call.number(8)};
  call.table().filterFactors(factors, rowSums, errors, count, terms);
  return call.nothing();
}

napi_value scorePairs(napi_env env, napi_callback_info info) {
  Call call(env, info, "score_pairs", 19);
  const size_t pairCount = call.count(6), queryCount = call.count(8), keyCount = call.count(10), dim = call.count(13);
  const size_t queryStart = call.whole(17), slotStart = call.whole(18);
  const PairColumns kept = {call.array<uint32_t>(0, {pairCount}), call.array<uint32_t>(1, {pairCount}), call.array<double>(2, {pairCount}),
                            call.array<double>(3, {pairCount}), call.array<double>(4, {pairCount})};
  const uint32_t *hits = call.array<uint32_t>(5, {2, pairCount});
  const double *queries = call.array<double>(7, {queryCount, dim}), *keys = call.array<double>(9, {keyCount, dim});
  const double *rowSums = call.array<double>(11, {queryCount}), *errors = call.array<double>(12, {queryCount});
  if (call.isRefused()) return call.nothing();
  const PairTerms terms = {call.number(14), call.number(15), call.number(16), word(queryStart), word(slotStart)};
  return call.result(
      call.table().scorePairs(kept, hits, pairCount, queries, queryCount, keys, keyCount, rowSums, errors, dim, terms));
}

napi_value solveCholesky(napi_env env, napi_callback_info info) {
  Call call(env, info, "solve_cholesky", 3);
  const size_t dim = call.count(2);
  double *x = call.array<double>(0, {dim});
  const double *lower = call.array<double>(1, {dim, dim});
  if (!call.isRefused()) call.table().solveCholesky(x, lower, dim);
  return call.nothing();
}

napi_value equilibrate(napi_env env, napi_callback_info info) {
  Call call(env, info, "equilibrate", 4);
  const size_t dim = call.count(3);
  double *out = call.array<double>(0, {dim, dim});
  const double *gram = call.array<double>(1, {dim, dim}), *norms = call.array<double>(2, {dim});
  if (!call.isRefused()) call.table().equilibrate(out, gram, norms, dim);
  return call.nothing();
}

} // namespace

const Named queryCalls[] = {
    {"filter_scratch", filterScratch},
    {"filter_pack_queries", filterPackQueries},
    {"filter_dots", filterDots},
    {"split_scratch", splitScratch},
    {"split_pack_queries", splitPackQueries},
    {"split_dots_f32", splitDots<float, &Table::splitDotsF32>},
    {"split_dots_f64", splitDots<double, &Table::splitDotsF64>},
    {"powers_of_two", powersOfTwo},
    {"certify_queries", certifyQueries},
    {"filter_factors", filterFactors},
    {"score_pairs", scorePairs},
    {"solve_cholesky", solveCholesky},
    {"equilibrate", equilibrate},
};
const size_t queryCallCount = sizeof queryCalls / sizeof queryCalls[0];

} // namespace lev
