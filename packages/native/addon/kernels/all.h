// Included once a level, inside a namespace of its own: functions of two levels must never become one.
#include "lanes.h"
#include "tile.h"
#include "gram.h"

static constexpr Table table(const char *name) {
  return {name, gramScratch, gramF32, gramF64};
}
