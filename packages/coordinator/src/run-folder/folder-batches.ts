import { isLevError, LevError, type RowRange, fileWord } from '@levattention/core/internal'
import type { SearchedBatch } from '../pipeline/heavy.ts'
import type { BatchStore } from '../pipeline/recorded-batches.ts'
import type { RunFolder } from './run-folder.ts'

/** Batches of a run folder: those that stand, the others to be made. A broken one is made again. */
export function folderBatches(folder: RunFolder): BatchStore {
  return {
    load: (range) => wholeBatch(folder, range),
    save: (range, answer) => folder.saveBatch(range, answer),
  }
}

/** As `folderBatches`, where all must stand. Throws NotReady for one that is missing, Content for one that is broken. */
export function standingBatches(folder: RunFolder): BatchStore {
  return {
    load: (range) => (folder.loadBatch(range) as SearchedBatch | undefined) ?? missing(folder, range),
    save: (range) => missing(folder, range),
  }
}

/** The batch; undefined where it is missing or broken. */
export function wholeBatch(folder: RunFolder, range: RowRange): SearchedBatch | undefined {
  try {
    return folder.loadBatch(range) as SearchedBatch | undefined
  } catch (error) {
    if (isLevError(error, 'Content')) return undefined
    throw error
  }
}

function missing(folder: RunFolder, { rowStart, rowEnd }: RowRange): never {
  const index = folder.plan.queryBatches.findIndex((range) => range.rowStart === rowStart)
  const message =
    `queries ${rowStart} to ${rowEnd - 1} have no answer yet: run ` +
    `\`levattention step query --run ${fileWord(folder.path)} --index ${index}\``
  throw new LevError('NotReady', message, { file: folder.batchPath({ rowStart, rowEnd }) })
}
