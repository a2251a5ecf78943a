import type { RowRange } from '@levattention/core/internal'
import type { BatchSearch } from './batch-search.ts'
import type { SearchedBatch } from './heavy.ts'

/** Keeps the answers to batches of queries beyond the process. */
export interface BatchStore {
  /** The answer that stands, if any. Throws NotReady where none does and none is to be made. */
  load(range: RowRange): SearchedBatch | undefined
  save(range: RowRange, answer: SearchedBatch): Promise<void>
}

/** The answers to all batches, in order: those that stand, and the others by `search`, which is asked for several in a row. */
export async function* recordedBatches(
  { batches }: BatchSearch,
  store: BatchStore,
  search: (from: number, to: number) => AsyncGenerator<SearchedBatch, void, void>,
): AsyncGenerator<SearchedBatch, void, void> {
  let index = 0
  while (index < batches.length) {
    const standing = store.load(batches[index])
    if (standing === undefined) {
      const end = endOfMissing(batches, store, index)
      for await (const answer of search(index, end)) {
        await store.save(batches[index++], answer)
        yield answer
      }
    } else {
      yield standing
      index++
    }
  }
}

/** The first batch behind `from` that stands, or the end. */
function endOfMissing(batches: readonly RowRange[], store: BatchStore, from: number): number {
  const found = batches.findIndex((range, i) => i > from && store.load(range) !== undefined)
  return found < 0 ? batches.length : found
}
