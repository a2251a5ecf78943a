// What the addon exports: `interface`, the number of all of this; `levels`, names of the vectors that this machine has, widest first;
// `bind(view, level, threads, least)`: the kernels of that level, working in the shared memory of `view`, on so many threads a call of at
// least so many operations, and `grown(view)`, to be called when it has grown; and `team()`: [calls that were to be shared so far in
// this process, threads that were started for them, the system's number of why it refused one, or 0].
#include <cmath>
#include <cstdio>
#include <cstring>
#include <new>

#include "calls.h"
#include "memory.h"
#include "team.h"

namespace lev {
namespace {

/** One more with every change of what is exported, or of what that takes, does or answers: core's native-addon.ts takes its own alone. */
constexpr uint32_t INTERFACE = 1;

struct Levels {
  const Table *tables[3];
  size_t count;
};

Levels levelsHere() {
  Levels levels = {{}, 0};
#ifdef LEV_X86
  __builtin_cpu_init();
  const bool has256 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has512 = has256 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (has512) levels.tables[levels.count++] = &avx512Table;
  if (has256) levels.tables[levels.count++] = &avx2Table;
#endif
  levels.tables[levels.count++] = &portableTable;
  return levels;
}

void drop(napi_env env, Memory *memory) {
  if (--memory->functionCount > 0) return;
  napi_delete_reference(env, memory->view);
  delete memory;
}

void onFunctionGone(napi_env env, void *memory, void *) { drop(env, static_cast<Memory *>(memory)); }

/** Adds a function that works in `memory` and holds it. */
bool addFunction(napi_env env, napi_value object, const Named &named, Memory *memory) {
  napi_value function;
  if (napi_create_function(env, named.name, NAPI_AUTO_LENGTH, named.call, memory, &function) != napi_ok) return false;
  if (napi_add_finalizer(env, function, memory, onFunctionGone, nullptr, nullptr) != napi_ok) return false;
  memory->functionCount++;
  return napi_set_named_property(env, object, named.name, function) == napi_ok;
}

/** False for more or fewer arguments than `wanted`; an exception is pending then. */
bool readArguments(napi_env env, napi_callback_info info, size_t wanted, napi_value *values, void **data) {
  size_t given = wanted;
  if (napi_get_cb_info(env, info, &given, values, nullptr, data) == napi_ok && given == wanted) return true;
  char message[80];
  std::snprintf(message, sizeof message, "native kernels: %zu arguments are given, and %zu wanted", given, wanted);
  napi_throw_range_error(env, nullptr, message);
  return false;
}

napi_value grown(napi_env env, napi_callback_info info) {
  napi_value view;
  void *data = nullptr;
  if (!readArguments(env, info, 1, &view, &data)) return nullptr;
  auto *memory = static_cast<Memory *>(data);
  unsigned char *base;
  size_t length;
  if (!readView(env, view, &base, &length)) return nullptr;
  napi_ref reference;
  if (napi_create_reference(env, view, 1, &reference) != napi_ok) return nullptr;
  napi_delete_reference(env, memory->view);
  memory->view = reference;
  memory->base = base;
  memory->length = length;
  return nullptr;
}

const Table *levelNamed(napi_env env, napi_value value) {
  char name[16];
  size_t length;
  if (napi_get_value_string_utf8(env, value, name, sizeof name, &length) == napi_ok) {
    const Levels levels = levelsHere();
    for (size_t i = 0; i < levels.count; i++)
      if (std::strcmp(levels.tables[i]->name, name) == 0) return levels.tables[i];
  }
  napi_throw_type_error(env, nullptr, "native kernels: the level has to be one of `levels`");
  return nullptr;
}

/** False where these are no counts; an exception is pending then. */
bool readShares(napi_env env, napi_value threadCount, napi_value operations, size_t *threads, double *least) {
  double count;
  if (napi_get_value_double(env, threadCount, &count) == napi_ok && count >= 1 && count <= 64 && count == std::floor(count) &&
      napi_get_value_double(env, operations, least) == napi_ok && *least >= 0) {
    *threads = static_cast<size_t>(count);
    return true;
  }
  napi_throw_type_error(env, nullptr, "native kernels: threads have to be a whole number from 1 to 64, least operations a number");
  return false;
}

napi_value team(napi_env env, napi_callback_info) {
  const TeamSoFar team = teamSoFar();
  const double numbers[] = {static_cast<double>(team.asked), static_cast<double>(team.helpers), static_cast<double>(team.refusedBy)};
  napi_value array, number;
  if (napi_create_array(env, &array) != napi_ok) return nullptr;
  for (uint32_t i = 0; i < 3; i++) {
    if (napi_create_double(env, numbers[i], &number) != napi_ok || napi_set_element(env, array, i, number) != napi_ok) return nullptr;
  }
  return array;
}

napi_value bind(napi_env env, napi_callback_info info) {
  napi_value values[4], object;
  if (!readArguments(env, info, 4, values, nullptr)) return nullptr;
  unsigned char *base;
  size_t length;
  if (!readView(env, values[0], &base, &length)) return nullptr;
  const Table *table = levelNamed(env, values[1]);
  size_t threads;
  double least;
  if (table == nullptr || !readShares(env, values[2], values[3], &threads, &least)) return nullptr;
  napi_ref view;
  if (napi_create_object(env, &object) != napi_ok || napi_create_reference(env, values[0], 1, &view) != napi_ok) return nullptr;
  auto *memory = new (std::nothrow) Memory{base, length, table, threads, least, view, 1};
  if (memory == nullptr) return nullptr;
  bool isMade = addFunction(env, object, {"grown", grown}, memory);
  isMade = isMade && addFunction(env, object, readCall, memory);
  for (size_t i = 0; i < rowCallCount; i++) isMade = isMade && addFunction(env, object, rowCalls[i], memory);
  for (size_t i = 0; i < queryCallCount; i++) isMade = isMade && addFunction(env, object, queryCalls[i], memory);
  for (size_t i = 0; i < softmaxCallCount; i++) isMade = isMade && addFunction(env, object, softmaxCalls[i], memory);
  // The functions hold it from here on.
  drop(env, memory);
  return isMade ? object : nullptr;
}

} // namespace
} // namespace lev

NAPI_MODULE_INIT() {
  const lev::Levels levels = lev::levelsHere();
  napi_value names, name, number, bind, team;
  napi_create_array(env, &names);
  for (size_t i = 0; i < levels.count; i++) {
    napi_create_string_utf8(env, levels.tables[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, static_cast<uint32_t>(i), name);
  }
  napi_set_named_property(env, exports, "levels", names);
  napi_create_uint32(env, lev::INTERFACE, &number);
  napi_set_named_property(env, exports, "interface", number);
  napi_create_function(env, "bind", NAPI_AUTO_LENGTH, lev::bind, nullptr, &bind);
  napi_set_named_property(env, exports, "bind", bind);
  napi_create_function(env, "team", NAPI_AUTO_LENGTH, lev::team, nullptr, &team);
  napi_set_named_property(env, exports, "team", team);
  return exports;
}
