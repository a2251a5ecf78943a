#include "level.h"

#ifdef LEV_X86
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

namespace lev {
namespace avx2 {
namespace {
#include "lanes-avx2.h"
#include "kernels/all.h"
} // namespace
} // namespace avx2
} // namespace lev

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

// Outside: it is read on machines of every kind.
const lev::Table lev::avx2Table = lev::avx2::table("avx2");
#endif
