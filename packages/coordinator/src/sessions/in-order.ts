import type { CallLimits } from './call-limits.ts'

/**
 * One call an input, results in the inputs' order, at most `window` calls under way. When the reader stops early, or
 * a call fails, the others are given up.
 */
export async function* inOrder<I, R, O extends CallLimits>(
  inputs: Iterable<I> | AsyncIterable<I>,
  window: number,
  options: O,
  run: (input: I, options: O) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const left = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal
  const underWay: Promise<R>[] = []
  try {
    for await (const input of inputs) {
      const result = run(input, { ...options, signal })
      // A later call may fail while an earlier one is awaited; it is thrown when its turn comes.
      result.catch(() => undefined)
      underWay.push(result)
      if (underWay.length === window) yield await (underWay.shift() as Promise<R>)
    }
    while (underWay.length > 0) yield await (underWay.shift() as Promise<R>)
  } finally {
    left.abort()
  }
}
