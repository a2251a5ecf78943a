export type Facts = import('./find.mjs').Facts
export type Case = import('./find.mjs').Case
export type Entry = import('./find.mjs').Entry
export type Points = readonly (readonly [number, number])[]
export type Ceilings = import('../../packages/coordinator/dist/bench/ceilings.js').Ceilings
/**
 * A bar an entry: its median, and a line from the least to the most.
 * @param {Case} one
 */
export declare function barPlot(one: Case): string
/**
 * Seconds of ours and of the best peer against one thing that varies.
 * @param {readonly Case[]} cases
 * @param {'n' | 'd'} over
 * @param {string} title
 */
export declare function linePlot(cases: readonly Case[], over: 'n' | 'd', title: string): string | undefined
/**
 * Operations a second against operations a byte read, below what the machine allows.
 * @param {Facts} facts
 */
export declare function rooflinePlot({ roofline }: Facts): string | undefined
//# sourceMappingURL=plots.d.mts.map
