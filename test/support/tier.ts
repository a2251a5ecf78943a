/** `npm test` is the quick tier. `.ci/run` sets LEV_SLOW_TESTS=1: all cases, and the files *.slow.test.ts (vitest.config.ts). */
const everything = process.env.LEV_SLOW_TESTS === '1'

/** `all` where slow tests run too; else `few` of the same: cases of a table, random cases of a law. */
export function tiered<T>(few: T, all: T): T {
  return everything ? all : few
}
