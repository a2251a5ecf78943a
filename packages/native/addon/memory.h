// The memory that a set of bound functions works in: one that is shared, so it is neither detached nor made smaller.
#pragma once
#include <cstddef>
#include <cstdint>
#include <node_api.h>

#include "table.h"

namespace lev {

struct Memory {
  unsigned char *base;
  /** As it was last shown: it may have grown since. */
  size_t length;
  const Table *table;
  /** That share a call of at least so many operations. */
  size_t threads;
  double leastShared;
  /** Holds the memory while one of the functions that work in it is there. */
  napi_ref view;
  size_t functionCount;
};

/** False for what is no view of shared memory; an exception is pending then. */
inline bool readView(napi_env env, napi_value value, unsigned char **base, size_t *length) {
  bool isArray = false, isPlain = true;
  napi_typedarray_type type;
  void *data = nullptr;
  napi_value buffer;
  size_t offset;
  const bool isBytes = napi_is_typedarray(env, value, &isArray) == napi_ok && isArray &&
                       napi_get_typedarray_info(env, value, &type, length, &data, &buffer, &offset) == napi_ok &&
                       type == napi_uint8_array;
  // A plain buffer may be detached or resized at any time; of a shared one this says no.
  const bool isShared = isBytes && napi_is_arraybuffer(env, buffer, &isPlain) == napi_ok && !isPlain;
  if (!isShared) {
    napi_throw_type_error(env, nullptr, "native kernels: the memory has to be a Uint8Array of a SharedArrayBuffer");
    return false;
  }
  *base = static_cast<unsigned char *>(data);
  return true;
}

} // namespace lev
