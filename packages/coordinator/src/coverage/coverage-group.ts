import type { MatrixSource, Visibility } from '@levattention/core/internal'
import type { CoverageProblem } from './coverage-problem.ts'

/** A key head, and the query heads that it serves. */
export interface CoverageGroup {
  readonly problem: CoverageProblem
  readonly keys: MatrixSource // [n, d]
  readonly values?: MatrixSource | undefined // [n, dv]
  /** [m, d] each: those that are judged. */
  readonly queries: readonly MatrixSource[]
  /** [., d] each: what rules that look at queries read, and what these see. */
  readonly fit: {
    readonly queries: readonly MatrixSource[]
    readonly visibility: Visibility
    readonly evenQueries: boolean
  }
  /** [n] by name: what selections of scores go by. */
  readonly scores: ReadonlyMap<string, Float64Array>
}
