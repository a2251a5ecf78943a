// Calls of the kernels of softmax rows.
#include "call.h"
#include "calls.h"

namespace lev {
namespace {

double real(size_t count) { return static_cast<double>(count); }

template <auto kernel> napi_value scratchOfThree(napi_env env, napi_callback_info info) {
  Call call(env, info, "softmax_scratch", 3);
  const double queryCount = real(call.whole(0)), dim = real(call.whole(1)), valueDim = real(call.whole(2));
  return call.isRefused() ? call.nothing() : call.result((call.table().*kernel)(queryCount, dim, valueDim));
}

template <auto kernel> napi_value scratchOfFour(napi_env env, napi_callback_info info) {
  Call call(env, info, "head_scratch", 4);
  const double rows = real(call.whole(0)), keyCount = real(call.whole(1)), dim = real(call.whole(2)), valueDim = real(call.whole(3));
  return call.isRefused() ? call.nothing() : call.result((call.table().*kernel)(rows, keyCount, dim, valueDim));
}

/** Arguments queries, queryCount, keys, keyCount, dim from `at`; starts, ends and keyMask from `visibleAt`. */
SoftmaxBlock blockOf(Call &call, size_t at, size_t visibleAt) {
  const size_t queryCount = call.count(at + 1), keyCount = call.count(at + 3), dim = call.count(at + 4);
  return {call.array<float>(at, {queryCount, dim}),
          queryCount,
          call.array<float>(at + 2, {keyCount, dim}),
          keyCount,
          dim,
          call.optional<uint32_t>(visibleAt, {queryCount}),
          call.optional<uint32_t>(visibleAt + 1, {queryCount}),
          call.optional<uint8_t>(visibleAt + 2, {keyCount})};
}

float *floats(double *scratch) { return reinterpret_cast<float *>(scratch); }

napi_value softmaxPairs(napi_env env, napi_callback_info info) {
  Call call(env, info, "softmax_pairs", 18);
  const size_t capacity = call.count(3);
  const SoftmaxBlock block = blockOf(call, 9, 14);
  const SoftmaxHits hits = {call.array<uint32_t>(0, {capacity}), call.array<uint32_t>(1, {capacity}), call.array<float>(2, {capacity}), capacity,
                            call.array<uint32_t>(4, {1})};
  const SoftmaxRows rows = {call.array<double>(5, {block.queryCount}), call.array<double>(6, {block.queryCount})};
  const double *thresholds = call.array<double>(7, {block.queryCount});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(17, call.table().softmaxScratch(real(block.queryCount), real(block.dim), 0));
  if (call.isRefused()) return call.nothing();
  return call.result(real(call.table().softmaxPairs(hits, rows, thresholds, call.number(8) != 0, block, floats(scratch))));
}

napi_value softmaxValues(napi_env env, napi_callback_info info) {
  Call call(env, info, "softmax_values", 14);
  const SoftmaxBlock block = blockOf(call, 3, 10);
  const size_t valueDim = call.count(9);
  double *sums = call.array<double>(0, {block.queryCount, valueDim});
  const SoftmaxRows rows = {call.array<double>(1, {block.queryCount}), call.array<double>(2, {block.queryCount})};
  const float *values = call.array<float>(8, {block.keyCount, valueDim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(13, call.table().softmaxScratch(real(block.queryCount), real(block.dim), real(valueDim)));
  if (!call.isRefused()) call.table().softmaxValues(sums, rows, block, values, valueDim, floats(scratch));
  return call.nothing();
}

napi_value softmaxGradient(napi_env env, napi_callback_info info) {
  Call call(env, info, "softmax_gradient", 18);
  const SoftmaxBlock block = blockOf(call, 7, 14);
  const size_t valueDim = call.count(13), queryCount = block.queryCount;
  const GradientSums into = {call.array<double>(0, {queryCount, block.dim}), call.array<double>(1, {block.keyCount, block.dim}),
                             call.array<double>(2, {block.keyCount, valueDim})};
  const GradientRows rows = {call.array<double>(3, {queryCount}), call.array<double>(4, {queryCount}), call.array<double>(5, {queryCount}),
                             call.array<float>(6, {queryCount, valueDim})};
  const float *values = call.array<float>(12, {block.keyCount, valueDim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(17, call.table().gradientScratch(real(queryCount), real(block.dim), real(valueDim)));
  if (!call.isRefused()) call.table().softmaxGradient(into, rows, block, values, valueDim, floats(scratch));
  return call.nothing();
}

/** Arguments keys, values, ids, rows, keyCount, dim, valueDim from `at`. */
Head headOf(Call &call, size_t at) {
  const size_t rows = call.count(at + 3), keyCount = call.count(at + 4), dim = call.count(at + 5), valueDim = call.count(at + 6);
  const Head head = {call.array<float>(at, {rows, dim}),
                     call.array<float>(at + 1, {rows, valueDim}),
                     call.optional<uint32_t>(at + 2, {keyCount}),
                     rows,
                     keyCount,
                     dim,
                     valueDim};
  if (head.ids == nullptr && keyCount > rows) call.refuse("number of keys", real(keyCount));
  return head;
}

napi_value softmaxHead(napi_env env, napi_callback_info info) {
  Call call(env, info, "softmax_head", 15);
  const Head head = headOf(call, 6);
  float *output = call.array<float>(0, {head.rows, head.valueDim}), *octaves = call.array<float>(1, {head.rows, head.dim});
  const SoftmaxRows rows = {call.array<double>(2, {head.rows}), call.array<double>(3, {head.rows})};
  double *sums = call.array<double>(4, {head.rows, head.valueDim});
  const float *queries = call.array<float>(5, {head.rows, head.dim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(14, call.table().headScratch(real(head.rows), real(head.keyCount), real(head.dim), real(head.valueDim)));
  if (call.isRefused()) return call.nothing();
  if (!call.table().softmaxHead(output, octaves, rows, sums, queries, head, call.number(13), floats(scratch)))
    call.refuse("id beyond rows", real(head.rows));
  return call.nothing();
}

napi_value softmaxHeadGradient(napi_env env, napi_callback_info info) {
  Call call(env, info, "softmax_head_gradient", 18);
  const Head head = headOf(call, 8);
  float *dQueries = call.array<float>(0, {head.rows, head.dim}), *dKeys = call.array<float>(1, {head.rows, head.dim});
  float *dValues = call.array<float>(2, {head.rows, head.valueDim});
  const float *dOutput = call.array<float>(3, {head.rows, head.valueDim}), *octaves = call.array<float>(4, {head.rows, head.dim});
  const SoftmaxRows rows = {call.array<double>(5, {head.rows}), call.array<double>(6, {head.rows})};
  const double *outputs = call.array<double>(7, {head.rows, head.valueDim});
  if (call.isRefused()) return call.nothing();
  double *scratch = call.scratch(17, call.table().headGradientScratch(real(head.rows), real(head.keyCount), real(head.dim), real(head.valueDim)));
  if (call.isRefused()) return call.nothing();
  if (!call.table().softmaxHeadGradient(dQueries, dKeys, dValues, dOutput, octaves, rows, outputs, head, call.number(15), call.number(16),
                                        floats(scratch)))
    call.refuse("id beyond rows", real(head.rows));
  return call.nothing();
}

} // namespace

const Named softmaxCalls[] = {
    {"softmax_scratch", scratchOfThree<&Table::softmaxScratch>},
    {"softmax_pairs", softmaxPairs},
    {"softmax_values", softmaxValues},
    {"gradient_scratch", scratchOfThree<&Table::gradientScratch>},
    {"softmax_gradient", softmaxGradient},
    {"head_scratch", scratchOfFour<&Table::headScratch>},
    {"softmax_head", softmaxHead},
    {"head_gradient_scratch", scratchOfFour<&Table::headGradientScratch>},
    {"softmax_head_gradient", softmaxHeadGradient},
};
const size_t softmaxCallCount = sizeof softmaxCalls / sizeof softmaxCalls[0];

} // namespace lev
