// One call from JavaScript: every argument is tried before a kernel touches a byte. An array is a byte offset into the memory; what
// does not lie within it throws RangeError, and nothing has been read or written.
#pragma once
#include <cmath>
#include <cstdio>
#include <initializer_list>

#include "memory.h"
#include "team.h"

namespace lev {

constexpr size_t MOST_ARGUMENTS = 24;
constexpr double MOST_COUNT = 4294967295.0;

class Call {
public:
  Call(napi_env env, napi_callback_info info, const char *name, size_t wanted) : env_(env), name_(name) {
    size_t given = MOST_ARGUMENTS;
    napi_value values[MOST_ARGUMENTS];
    void *data = nullptr;
    const bool isRead = napi_get_cb_info(env, info, &given, values, nullptr, &data) == napi_ok;
    memory_ = static_cast<const Memory *>(data);
    if (!isRead || given != wanted) refuse("number of arguments", static_cast<double>(given));
    for (size_t i = 0; i < wanted && !isRefused_; i++)
      if (napi_get_value_double(env, values[i], &numbers_[i]) != napi_ok) refuse("argument that is no number,", static_cast<double>(i));
  }

  const Table &table() const { return *memory_->table; }
  /** Parts of one call that may run at once: each needs work space of its own. */
  size_t mostParts() const { return memory_->threads; }
  bool isRefused() const { return isRefused_; }
  double number(size_t i) const { return isRefused_ ? 0 : numbers_[i]; }

  /** A whole number below 2^32. */
  size_t whole(size_t i) { return wholeUpTo(i, MOST_COUNT); }

  /** Of something that lies in the memory: no more of it than bytes there, also where an array of so many rows of no columns is empty. */
  size_t count(size_t i) { return wholeUpTo(i, std::fmin(MOST_COUNT, memory_ == nullptr ? 0 : static_cast<double>(memory_->length))); }

  /** Numbers of T: the product of `shape`. */
  template <class T> T *array(size_t i, std::initializer_list<size_t> shape) {
    double bytes = sizeof(T);
    for (const size_t each : shape) bytes *= static_cast<double>(each);
    return reinterpret_cast<T *>(region(i, bytes, sizeof(T)));
  }

  /** As `array`; a null pointer for 0. */
  template <class T> T *optional(size_t i, std::initializer_list<size_t> shape) {
    return number(i) == 0 ? nullptr : array<T>(i, shape);
  }

  /** Work space, 64-byte aligned. */
  double *scratch(size_t i, double bytes) { return reinterpret_cast<double *>(region(i, bytes, 64)); }

  /**
   * work(begin, end, part) for the parts of [0, count), cut at multiples of `unit`: as many as there are threads, or one where the
   * whole is so little that a thread would take longer to hear of it. `operations`: about how many the whole takes.
   */
  template <class Work> void share(size_t count, size_t unit, double operations, const Work &work) const {
    const size_t units = (count + unit - 1) / unit;
    const size_t parts = operations < memory_->leastShared ? 1 : units < mostParts() ? units : mostParts();
    if (parts < 2) return work(size_t{0}, count, size_t{0});
    const Shared<Work> shared = {work, count, unit, units, parts};
    shareParts(parts, doPart<Work>, &shared);
  }

  napi_value nothing() const { return nullptr; }
  napi_value result(double value) const {
    napi_value made = nullptr;
    if (!isRefused_) napi_create_double(env_, value, &made);
    return made;
  }

  void refuse(const char *what, double value) {
    if (isRefused_) return;
    isRefused_ = true;
    char message[160];
    std::snprintf(message, sizeof message, "native kernel %s: %s %.17g does not fit its memory", name_, what, value);
    napi_throw_range_error(env_, nullptr, message);
  }

private:
  size_t wholeUpTo(size_t i, double most) {
    const double value = number(i);
    if (value >= 0 && value <= most && value == std::floor(value)) return static_cast<size_t>(value);
    refuse("count", value);
    return 0;
  }

  template <class Work> struct Shared {
    const Work &work;
    size_t count, unit, units, parts;
  };

  template <class Work> static void doPart(const void *of, size_t part) {
    const auto &shared = *static_cast<const Shared<Work> *>(of);
    const auto cut = [&shared](size_t i) {
      const size_t at = shared.units * i / shared.parts * shared.unit;
      return at < shared.count ? at : shared.count;
    };
    shared.work(cut(part), cut(part + 1), part);
  }

  unsigned char *region(size_t i, double bytes, size_t alignment) {
    const double offset = number(i);
    const bool isWithin = offset >= 0 && offset == std::floor(offset) && offset + bytes <= static_cast<double>(memory_->length);
    if (isWithin && static_cast<size_t>(offset) % alignment == 0) return memory_->base + static_cast<size_t>(offset);
    refuse("array at", offset);
    return nullptr;
  }

  napi_env env_;
  const char *name_;
  const Memory *memory_ = nullptr;
  bool isRefused_ = false;
  double numbers_[MOST_ARGUMENTS];
};

} // namespace lev
