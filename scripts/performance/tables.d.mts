export type Facts = import('./find.mjs').Facts
export type Case = import('./find.mjs').Case
export type Entry = import('./find.mjs').Entry
/**
 * @typedef {import('./find.mjs').Facts} Facts
 * @typedef {import('./find.mjs').Case} Case
 * @typedef {import('./find.mjs').Entry} Entry
 */
/**
 * Markdown; numbers at the right.
 * @param {readonly string[]} titles
 * @param {readonly (readonly string[])[]} rows
 */
export declare function table(titles: readonly string[], rows: readonly (readonly string[])[]): string
/** @param {Case} one */
export declare function caseTitle(one: Case): string
/**
 * All entries of a case.
 * @param {Case} one
 */
export declare function caseTable(one: Case): string
/**
 * A line a case: ours, and the peer that is best.
 * @param {readonly Case[]} cases
 */
export declare function sweepTable(cases: readonly Case[]): string
/** @param {NonNullable<Facts['roofline']>} roofline */
export declare function ceilingTable({ ceilings }: NonNullable<Facts['roofline']>): string
/** @param {NonNullable<Facts['roofline']>} roofline */
export declare function stageTable({ stages }: NonNullable<Facts['roofline']>): string
/** @param {NonNullable<Facts['roofline']>} roofline */
export declare function kernelTable({ kernels, ceilings }: NonNullable<Facts['roofline']>): string
/** @param {NonNullable<Facts['session']>} session */
export declare function sessionTable({ latencies, numpy }: NonNullable<Facts['session']>): string
//# sourceMappingURL=tables.d.mts.map
