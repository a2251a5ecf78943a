/** Softmax rows of brute force [queryCount]: Σ exp(z) = exp(maxima) · totals over the keys that each query sees. */
export interface LogSums {
  /** -Infinity where nothing is seen. */
  readonly maxima: Float64Array
  readonly totals: Float64Array
  /** How many keys. */
  readonly seen: Float64Array
}

export function noLogSums(queryCount: number): LogSums {
  return {
    maxima: new Float64Array(queryCount).fill(-Infinity),
    totals: new Float64Array(queryCount),
    seen: new Float64Array(queryCount),
  }
}

/** log Σ exp(z) of `query`. */
export function logSumOf({ maxima, totals }: LogSums, query: number): number {
  return maxima[query] === -Infinity ? -Infinity : maxima[query] + Math.log(totals[query])
}

/** Adds a block of logits z [rowCount, queryCount], in two steps: the largest of each row, then the sum of what is left above it. */
export function addLogits(sums: LogSums, logits: Float64Array): void {
  const { maxima, totals, seen } = sums
  const count = maxima.length
  const largest = maxima.slice()
  for (let at = 0; at < logits.length; at++)
    if (logits[at] > largest[at % count]) largest[at % count] = logits[at]
  const block = new Float64Array(count)
  for (let at = 0; at < logits.length; at++) {
    if (logits[at] === -Infinity) continue
    block[at % count] += Math.exp(logits[at] - largest[at % count])
    seen[at % count]++
  }
  for (let query = 0; query < count; query++) {
    totals[query] = raised(totals[query], maxima[query], largest[query]) + block[query]
    maxima[query] = largest[query]
  }
}

/** Of keys and those behind them; neither is changed. */
export function joinLogSums(a: LogSums, b: LogSums): LogSums {
  const maxima = a.maxima.map((max, query) => Math.max(max, b.maxima[query]))
  return {
    maxima,
    totals: maxima.map(
      (max, query) =>
        raised(a.totals[query], a.maxima[query], max) + raised(b.totals[query], b.maxima[query], max),
    ),
    seen: a.seen.map((count, query) => count + b.seen[query]),
  }
}

/** `total` times exp(from - to). */
function raised(total: number, from: number, to: number): number {
  return from === to ? total : total * Math.exp(from - to)
}
