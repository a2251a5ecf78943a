// The exponential of softmax rows: a polynomial, so that it is the same everywhere (docs/theory.md section 7).

typedef int32_t I32 __attribute__((vector_size(sizeof(F32))));

LEV_INLINE I32 asInts(F32 v) {
  I32 bits;
  __builtin_memcpy(&bits, &v, sizeof bits);
  return bits;
}
LEV_INLINE F32 asFloats(I32 v) {
  F32 floats;
  __builtin_memcpy(&floats, &v, sizeof floats);
  return floats;
}

/** Added and subtracted it rounds to an integer, ties to even, which then stands in the low bits: 1.5 2^23. */
constexpr float ROUNDER = 12582912;
constexpr float LEAST_EXPONENT = -126;

/** 2^x for x <= 127 within 2.4e-7 of it; 0 below -126. */
LEV_INLINE F32 exp2Of(F32 x) {
  const F32 rounder = splat(ROUNDER);
  const F32 rounded = x + rounder;
  const F32 f = x - (rounded - rounder);
  F32 p = splat(0.0013276472454890609f) * f + splat(0.009675540961325169f);
  p = p * f + splat(0.05550713092088699f);
  p = p * f + splat(0.24022120237350464f);
  p = p * f + splat(0.6931469440460205f);
  p = p * f + splat(1.0000001192092896f);
  return asFloats((asInts(p) + (asInts(rounded) << 23)) & (x >= splat(LEAST_EXPONENT)));
}
