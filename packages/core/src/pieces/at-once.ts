/** What `work` returns, done to its end without a pause: for callers that have nothing else to do meanwhile. */
export function atOnce<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
