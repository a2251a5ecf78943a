#include "level.h"

#ifdef LEV_X86
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")
#endif

namespace lev {
namespace avx512 {
namespace {
#include "lanes-avx512.h"
#include "kernels/all.h"
} // namespace
} // namespace avx512
} // namespace lev

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

// Outside: it is read on machines of every kind.
const lev::Table lev::avx512Table = lev::avx512::table("avx512");
#endif
