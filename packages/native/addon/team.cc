#include "team.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <dlfcn.h>
#include <mutex>
#include <pthread.h>
#include <sched.h>

namespace lev {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::microseconds;

/** A thread of the team looks out for the next call so long before it sleeps: waking it takes about as long. */
constexpr Microseconds LOOK_OUT{200};
/** A caller that waits so long, and longer than its own parts took, shares a core with its helper. */
constexpr Microseconds LONG_WAIT{400};
/** So many calls are then done alone; twice as many each time again, up to 2^LONGEST_REST times as many. */
constexpr size_t REST = 16;
constexpr size_t LONGEST_REST = 8;
/** Far more than a kernel takes. */
constexpr size_t STACK_BYTES = 1 << 20;

inline void pauseALittle() {
#ifdef LEV_X86
  __builtin_ia32_pause();
#endif
}

/** Waits for `isSo`, looking at the clock now and then. False where `limit` passes first. */
template <class Condition> bool lookOut(Microseconds limit, const Condition &isSo) {
  const auto end = Clock::now() + limit;
  do {
    for (int i = 0; i < 64; i++) {
      if (isSo()) return true;
      pauseALittle();
    }
  } while (Clock::now() < end);
  return false;
}

class Team {
public:
  void share(size_t partCount, PartOfWork doPart, const void *work) {
    asked_.fetch_add(1, std::memory_order_relaxed);
    std::unique_lock<std::mutex> serves(serves_, std::try_to_lock);
    if (!serves || isResting() || !hasHelpers(partCount - 1)) {
      for (size_t part = 0; part < partCount; part++) doPart(work, part);
      return;
    }
    const auto start = Clock::now();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = {doPart, work, partCount, 0};
      left_.store(partCount, std::memory_order_relaxed);
      posted_.fetch_add(1, std::memory_order_release);
      if (sleepers_ > 0) wake_.notify_all();
    }
    while (doNext()) continue;
    const auto own = Clock::now();
    const auto isDone = [this] { return left_.load(std::memory_order_acquire) == 0; };
    while (!lookOut(LOOK_OUT, isDone)) sched_yield();
    const auto waited = Clock::now() - own;
    if (waited > LONG_WAIT && waited > own - start) rest();
    else if (restLevel_ > 0 && ++goodCalls_ >= REST) goodCalls_ = 0, restLevel_--;
  }

  TeamSoFar soFar() const { return {asked_.load(), helpers_.load(), refusedBy_.load()}; }

private:
  struct Job {
    PartOfWork doPart;
    const void *work;
    size_t count, next;
  };

  bool isResting() {
    if (resting_ == 0) return false;
    resting_--;
    return true;
  }

  void rest() {
    resting_ = REST << restLevel_;
    goodCalls_ = 0;
    if (restLevel_ < LONGEST_REST) restLevel_++;
  }

  /** Starts what is missing of `wanted`; false where there is none. */
  bool hasHelpers(size_t wanted) {
    if (helpers_ == 0 && !isHeld()) return false;
    while (helpers_ < wanted && refusedBy_ == 0) {
      const int refusedBy = startHelper();
      if (refusedBy == 0) helpers_++;
      else refusedBy_ = refusedBy;
    }
    return helpers_ > 0;
  }

  /** The addon stays in memory, whoever closes it: its threads run its code for good. */
  static bool isHeld() {
    Dl_info info;
    return dladdr(reinterpret_cast<void *>(&shareParts), &info) != 0 && dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE) != nullptr;
  }

  /** 0, or the system's reason. Signals are for the program's own threads. */
  int startHelper() {
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_t attributes;
    if (const int reason = pthread_attr_init(&attributes)) return reason;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int reason = pthread_create(&thread, &attributes, helpFor, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    return reason;
  }

  static void *helpFor(void *team) {
    static_cast<Team *>(team)->help();
    return nullptr;
  }

  [[noreturn]] void help() {
    for (uint64_t seen = 0;;) {
      const auto isNew = [this, &seen] { return posted_.load(std::memory_order_acquire) != seen; };
      if (!lookOut(LOOK_OUT, isNew)) {
        std::unique_lock<std::mutex> lock(mutex_);
        sleepers_++;
        while (!isNew()) wake_.wait(lock);
        sleepers_--;
      }
      seen = posted_.load(std::memory_order_acquire);
      while (doNext()) continue;
    }
  }

  /** One part that nobody has begun; false where there is none. */
  bool doNext() {
    Job job;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (job_.next >= job_.count) return false;
      job = job_;
      job_.next++;
    }
    job.doPart(job.work, job.next);
    left_.fetch_sub(1, std::memory_order_release);
    return true;
  }

  /** Held by the call that it serves, and what that call alone reads. */
  std::mutex serves_;
  size_t resting_ = 0, restLevel_ = 0, goodCalls_ = 0;
  /** Changed by the call that it serves, looked at by others. */
  std::atomic<size_t> helpers_{0};
  std::atomic<int> refusedBy_{0};
  std::atomic<size_t> asked_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  Job job_ = {nullptr, nullptr, 0, 0};
  size_t sleepers_ = 0;
  /** Calls so far. */
  std::atomic<uint64_t> posted_{0};
  /** Parts of this call that are not done. */
  std::atomic<size_t> left_{0};
};

/** Never destroyed: its threads outlive whatever ends the process. */
Team &theTeam() {
  static Team *const team = new Team;
  return *team;
}

} // namespace

void shareParts(size_t partCount, PartOfWork doPart, const void *work) { theTeam().share(partCount, doPart, work); }

TeamSoFar teamSoFar() { return theTeam().soFar(); }

} // namespace lev
