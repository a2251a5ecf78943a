export type Facts = import('../../packages/coordinator/dist/bench/bench.js').BenchFacts;
export type Case = Facts['cases'][number];
export type Entry = Case['entries'][number];
/**
 * @typedef {import('../../packages/coordinator/dist/bench/bench.js').BenchFacts} Facts
 * @typedef {Facts['cases'][number]} Case
 * @typedef {Case['entries'][number]} Entry
 */
/**
 * @param {Facts} facts
 * @param {Partial<Case>} wanted
 * @returns {Case | undefined}
 */
export declare function findCase({ cases }: Facts, wanted: Partial<Case>): Case | undefined;
/**
 * The entry whose name begins so.
 * @param {Case | undefined} one
 * @param {string} name
 * @returns {Entry | undefined}
 */
export declare function findEntry(one: Case | undefined, name: string): Entry | undefined;
/** @param {Case} one */
export declare function isAsked({ kind }: Case): boolean;
/**
 * 10^6, 65,536.
 * @param {number} value
 */
export declare function rowsText(value: number): string;
/** @param {Case} one */
export declare function sizeText({ n, d, m }: Case): string;
/**
 * @param {number} value
 * @param {number} [count]
 */
export declare function digits(value: number, count?: number): string;
//# sourceMappingURL=find.d.mts.map