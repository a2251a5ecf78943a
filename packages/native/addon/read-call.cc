// Reads a file into the memory, on all threads of a call: each finds its own rows in its core's cache then.
#include <atomic>
#include <cerrno>
#include <unistd.h>

#include "call.h"
#include "calls.h"

namespace lev {
namespace {

/** Parts of a read begin at multiples of it. */
constexpr size_t READ_UNIT = 1 << 16;
/** Of Call::share's operations a byte that is copied from the page cache takes. */
constexpr double COPIED = 2;

/** Bytes [begin, end) of what is read, from `position` on in all; as far as the file goes, or the system gives them. */
size_t readPart(int file, unsigned char *into, size_t begin, size_t end, double position) {
  size_t at = begin;
  while (at < end) {
    const ssize_t got = pread(file, into + at, end - at, static_cast<off_t>(position) + static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    at += static_cast<size_t>(got);
  }
  return at;
}

/** How many bytes from the first on were read: fewer where the file ends, or a read failed, which the caller tries again. */
napi_value readFile(napi_env env, napi_callback_info info) {
  Call call(env, info, "read_file", 4);
  const size_t file = call.whole(0), length = call.count(3);
  const double position = call.number(1);
  if (!(position >= 0 && position <= 9007199254740991.0)) call.refuse("position", position);
  unsigned char *into = call.array<unsigned char>(2, {length});
  if (call.isRefused()) return call.nothing();
  std::atomic<size_t> whole{length};
  call.share(length, READ_UNIT, COPIED * static_cast<double>(length), [=, &whole](size_t begin, size_t end, size_t) {
    const size_t reached = readPart(static_cast<int>(file), into, begin, end, position);
    if (reached == end) return;
    size_t least = whole.load();
    while (reached < least && !whole.compare_exchange_weak(least, reached)) continue;
  });
  return call.result(static_cast<double>(whole.load()));
}

} // namespace

const Named readCall = {"read_file", readFile};

} // namespace lev
