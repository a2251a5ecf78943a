// Threads of the addon's own that share what one call of a kernel does: one team a process.
#pragma once
#include <cstddef>

namespace lev {

/** One part of the work of a call; parts may run at once, in any order. */
using PartOfWork = void (*)(const void *work, size_t part);

/**
 * Does parts 0 .. partCount - 1 on as many threads, the caller's among them, and returns when all are done. On the caller's alone
 * where the team serves another call, where the system refuses threads, and for a while after others kept the caller waiting.
 */
void shareParts(size_t partCount, PartOfWork doPart, const void *work);

/** So far in this process. */
struct TeamSoFar {
  /** Calls that were to be shared, and threads that were started for them. */
  size_t asked, helpers;
  /** Of the thread that the system refused; 0: none. */
  int refusedBy;
};
TeamSoFar teamSoFar();

} // namespace lev
