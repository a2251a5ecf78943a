// What a level's file includes before it says which machine it compiles for: so nothing of these is compiled for that alone.
#pragma once
#include <cmath>
#include <cstring>
#include <utility>

#include "table.h"
#ifdef LEV_X86
#include <immintrin.h>
#endif

#define LEV_INLINE static inline __attribute__((always_inline))
#define LEV_INLINE_MEMBER inline __attribute__((always_inline))
#ifdef __clang__
#define LEV_UNROLL _Pragma("unroll")
#else
#define LEV_UNROLL _Pragma("GCC unroll 16")
#endif
