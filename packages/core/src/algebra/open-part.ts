import type { Task } from '../passes/pass.ts'
import { openPart, type PartFile, type SummaryPart } from '../stored/summary-part.ts'
import { sharedSums, sumsOf } from './plain-sums.ts'

/** Opens a summary in a thread, which tries its numbers: d³ operations. */
export const OPEN_PART: Task<PartFile, unknown> = { kind: 'open-part' }

/** A worker's answer: a part in shared memory. Throws as `openPart`. */
export function answerPart(file: PartFile): unknown {
  return sharedSums(openPart(file))
}

/** The part in a worker's answer. */
export function partOfAnswer(answer: unknown): SummaryPart {
  return sumsOf(answer) as SummaryPart
}
