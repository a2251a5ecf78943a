import type { Candidates } from '../sums/candidates.ts'

/** Multiply-adds for what is computed again of keys when a file is opened: about a tenth of a second. */
const MOST_WORK = 2 ** 26

/** Keys that are computed again: all, or where `work` multiply-adds for each are too many, evenly spaced ones. */
export interface TriedKeys {
  readonly keys: Candidates
  /** Of the i-th of them among all. */
  readonly slotOf: (i: number) => number
}

export function triedKeys(candidates: Candidates, work: number): TriedKeys {
  const step = Math.max(1, Math.ceil((candidates.count * work) / MOST_WORK))
  if (step === 1) return { keys: candidates, slotOf: (i) => i }
  const slots = Uint32Array.from(candidates.rowIds.keys()).filter((slot) => slot % step === 0)
  return { keys: candidates.at(slots), slotOf: (i) => i * step }
}
