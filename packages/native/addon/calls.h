// The kernels as JavaScript calls them: names, arguments and their order are those of core's WebAssembly exports.
#pragma once
#include <node_api.h>

namespace lev {

struct Named {
  const char *name;
  napi_callback call;
};

extern const Named readCall;
extern const Named rowCalls[];
extern const size_t rowCallCount;
extern const Named queryCalls[];
extern const size_t queryCallCount;
extern const Named softmaxCalls[];
extern const size_t softmaxCallCount;

} // namespace lev
