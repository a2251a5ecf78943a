export type Facts = import('./find.mjs').Facts
export type Case = import('./find.mjs').Case
export type Target = {
  what: string
  wanted: number
  sense: 'at least' | 'at most'
  unit: string
  of: (facts: Facts) => number | undefined
}
/**
 * A row a target; what was not measured says so.
 * @param {Facts} facts
 */
export declare function targetRows(facts: Facts): string[][]
//# sourceMappingURL=targets.d.mts.map
