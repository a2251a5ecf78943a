import type { Runs } from './row-scope.ts'

/** Row ids that query q sees and no window of it holds, as ascending bounds of runs: first, end, first, end … */
export function boundsOf({ starts, ends }: Runs, windows: readonly Runs[], q: number): number[] {
  if (ends[q] <= starts[q]) return []
  const out = windows
    .map((runs) => [runs.starts[q], runs.ends[q]] as const)
    .filter(([start, end]) => end > start)
    .sort(([a], [b]) => a - b)
  const bounds = [starts[q], ...out.flat(), ends[q]]
  return bounds
}

/** Tells of the rows that are in one of two sets of runs alone: those that come in with `isIn`, those that go without. */
export function forEachMoved(
  before: readonly number[],
  after: readonly number[],
  move: (rowStart: number, rowEnd: number, isIn: boolean) => void,
): void {
  let [b, a] = [0, 0]
  let last = 0
  while (b < before.length || a < after.length) {
    const next = Math.min(before[b] ?? Infinity, after[a] ?? Infinity)
    // An odd number of bounds passed: within a run.
    const [wasIn, isIn] = [b % 2 === 1, a % 2 === 1]
    if (wasIn !== isIn && next > last) move(last, next, isIn)
    while (before[b] === next) b++
    while (after[a] === next) a++
    last = next
  }
}
