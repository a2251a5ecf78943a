#include "level.h"

namespace lev {
namespace portable {
namespace {
#include "lanes-portable.h"
#include "kernels/all.h"
} // namespace
} // namespace portable
const Table portableTable = portable::table("portable");
} // namespace lev
