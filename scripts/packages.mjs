// @ts-check
/** The packages that are published, each after those that it depends on. */
export const PUBLISHED = ['core', 'worker', 'coordinator']
