/**
 * Vitest's set-up: LEV_TEST_SEED fixes the cases that the laws are tried on, so that a run can be repeated (.ci/run). Without
 * it each run tries others.
 */
import * as fc from 'fast-check'
import { tiered } from './tier.ts'

// Of laws that say no number themselves.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: tiered(40, 100) })

const { LEV_TEST_SEED: seed } = process.env
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) })
