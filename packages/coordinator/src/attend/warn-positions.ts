import type { RunStats } from '../tasks/run-context.ts'

interface Positions {
  readonly local?: number | undefined
  readonly causal?: boolean | undefined
  readonly segment?: number | undefined
  readonly queryStart?: number | undefined
}

/**
 * Warns where local keys go by positions that nobody said: without a mask, which would ask for them, and with other numbers of
 * queries and keys.
 */
export function warnOfPositions(
  { local, causal, segment, queryStart }: Positions,
  queryCount: number,
  keyCount: number,
  stats: RunStats,
): void {
  if (local === undefined || queryStart !== undefined || queryCount === keyCount) return
  if (causal || segment !== undefined) return
  const behind = keyCount - queryCount
  const last = behind > 0 ? `; where they are the last rows, type --query-start ${behind}` : ''
  const message = `--local takes query i to stand at key i, and there are ${queryCount} queries and ${keyCount} keys${last}`
  stats.warn('local-positions', message)
}
