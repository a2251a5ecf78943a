import type { RowRange } from '@levattention/core/internal'
import type { BatchSearch } from './batch-search.ts'
import type { AnswerStore, SearchedBatch } from '../tasks/answer-store.ts'

/** The answers to all batches, in order: those that stand, and the others by `search`, which is asked for several in a row. */
export async function* recordedBatches(
  { batches }: Pick<BatchSearch, 'batches'>,
  store: AnswerStore,
  search: (from: number, to: number) => AsyncGenerator<SearchedBatch, void, void>,
): AsyncGenerator<SearchedBatch, void, void> {
  let index = 0
  while (index < batches.length) {
    const standing = store.batch(batches[index])
    if (standing === undefined) {
      const end = endOfMissing(batches, store, index)
      for await (const answer of search(index, end)) {
        await store.keepBatch(batches[index++], answer)
        yield answer
      }
    } else {
      yield standing
      index++
    }
  }
}

/** The first batch behind `from` that stands, or the end. */
function endOfMissing(batches: readonly RowRange[], store: AnswerStore, from: number): number {
  const found = batches.findIndex((range, i) => i > from && store.batch(range) !== undefined)
  return found < 0 ? batches.length : found
}
