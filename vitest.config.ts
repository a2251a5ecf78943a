import { configDefaults, defineConfig } from 'vitest/config'

// .ci/run sets it; test/support/tier.ts reads it too.
const tier = process.env.LEV_SLOW_TESTS ?? ''
const left = [
  ...(['files', '1'].includes(tier) ? [] : ['test/**/*.slow.test.ts']),
  ...(tier === '1' ? [] : ['test/**/*.long.test.ts']),
]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...left],
    globalSetup: ['scripts/bundle.mjs', 'test/support/advice/judge.ts'],
    setupFiles: ['test/support/advice/collect.ts', 'test/support/seed.ts'],
    pool: 'forks',
    // Many wait most of their time: for processes, for threads that hang, for Slurm.
    maxWorkers: 3,
    // Few processes for all the files. The packages hold no process-wide state, so a file finds nothing of the one before
    // it, and 160 process starts, loads and kernel compilations are a third of the whole run.
    isolate: false,
    // What is tested is built: Node loads it as a user's program does, vitest transforms the test files alone.
    server: { deps: { external: [/\/(packages|examples)\/[^/]+\/dist\//] } },
    // Far above what any takes, for a machine that does much else: a hang is told all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default'],
  },
})
