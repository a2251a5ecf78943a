// Exponents of doubles, and powers of two made of them.

/** The e with 2^e <= value < 2^(e + 1), -1023 for subnormals. */
LEV_INLINE int64_t exponentOf(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return static_cast<int64_t>(bits >> 52 & 0x7ff) - 1023;
}

/** 2^exponent, which is clamped to what is normal. */
LEV_INLINE double powerOfTwo(int64_t exponent) {
  const int64_t clamped = exponent < -1022 ? -1022 : exponent > 1023 ? 1023 : exponent;
  const uint64_t bits = static_cast<uint64_t>(clamped + 1023) << 52;
  double value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
