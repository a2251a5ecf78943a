import { throwIfAborted } from '../aborts/abort.ts'

/**
 * Runs each of `entries` once in each of `count` rounds, forwards and backwards in turn, so that none always follows the same one.
 * One after another: nothing else of ours runs meanwhile. Results by entry, in the order of the rounds. Throws what `run` does,
 * and Aborted between two runs.
 */
export async function inRounds<Entry, Result>(
  entries: readonly Entry[],
  count: number,
  run: (entry: Entry, round: number) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[][]> {
  const results: Result[][] = entries.map(() => [])
  for (let round = 0; round < count; round++)
    for (const at of orderOf(entries.length, round)) {
      throwIfAborted(signal)
      results[at].push(await run(entries[at], round))
    }
  return results
}

function orderOf(length: number, round: number): number[] {
  const forwards = Array.from({ length }, (_, i) => i)
  return round % 2 === 0 ? forwards : forwards.reverse()
}
