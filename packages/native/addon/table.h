// The kernels of one level of vectors, by their names.
#pragma once
#include <cstddef>
#include <cstdint>

namespace lev {

struct Table {
  const char *name;
  double (*gramScratch)(double dim);
  void (*gramF32)(double *gram, const float *rows, size_t rowCount, size_t dim, double *scratch);
  void (*gramF64)(double *gram, const double *rows, size_t rowCount, size_t dim, double *scratch);
};

extern const Table portableTable;
#ifdef LEV_X86
extern const Table avx2Table;
extern const Table avx512Table;
#endif

} // namespace lev
