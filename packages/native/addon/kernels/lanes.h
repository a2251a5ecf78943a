// What every level's vectors share.

LEV_INLINE F64 load(const double *from) {
  F64 v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}
LEV_INLINE F32 load(const float *from) {
  F32 v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}
LEV_INLINE void store(double *to, F64 v) { __builtin_memcpy(to, &v, sizeof v); }
LEV_INLINE void store(float *to, F32 v) { __builtin_memcpy(to, &v, sizeof v); }

LEV_INLINE F64 widen(const double *from) { return load(from); }

LEV_INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }
LEV_INLINE size_t roundedUp(size_t count, size_t to) { return (count + to - 1) / to * to; }
/** The same of counts that may be of any size. */
LEV_INLINE double padded(double count, size_t to) {
  const double unit = static_cast<double>(to);
  return std::ceil(count / unit) * unit;
}
