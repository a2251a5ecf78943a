/**
 * `npm test` is the quick tier. LEV_SLOW_TESTS=files takes the files *.slow.test.ts as well (vitest.config.ts), as `.ci/run` does, and
 * LEV_SLOW_TESTS=1 all cases of all files, *.long.test.ts too, which `npm run acceptance` runs: some 12 minutes more.
 */
const everything = process.env.LEV_SLOW_TESTS === '1'

/** `all` where slow tests run too; else `few` of the same: cases of a table, random cases of a law. */
export function tiered<T>(few: T, all: T): T {
  return everything ? all : few
}

/** All of `cases` where slow tests run too; else `count` of them, the first and the last among these. */
export function someOf<const Cases extends readonly unknown[]>(cases: Cases, count: number): Cases {
  if (everything || cases.length <= count) return cases
  const wanted = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (cases.length - 1)) / (count - 1)),
  )
  return cases.filter((_, at) => wanted.includes(at)) as unknown as Cases
}
