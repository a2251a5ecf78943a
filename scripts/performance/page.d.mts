export type Facts = import('./find.mjs').Facts
export type Case = import('./find.mjs').Case
/**
 * docs/performance.md and its pictures.
 * @param {Facts} facts
 * @returns {{ text: string, figures: (readonly [name: string, svg: string])[] }}
 */
export declare function performancePage(facts: Facts): {
  text: string
  figures: (readonly [name: string, svg: string])[]
}
//# sourceMappingURL=page.d.mts.map
