/**
 * Vitest's set-up: LEV_TEST_SEED fixes the cases that the laws are tried on, so that a run can be repeated (.ci/run). Without
 * it each run tries others.
 */
import * as fc from 'fast-check'

const { LEV_TEST_SEED: seed } = process.env
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) })
