// Catches: an index taken from the wrong variable, or counted from the wrong number. Cannot catch: engines that change theirs.
import { stepIndex } from '#coordinator/cli/options/step-index'
import { expect, test } from 'vitest'

test.each([
  ['SLURM_ARRAY_TASK_ID', '7', 7],
  ['JOB_COMPLETION_INDEX', '0', 0],
  ['AWS_BATCH_JOB_ARRAY_INDEX', '3', 3],
  ['SGE_TASK_ID', '1', 0],
  ['PBS_ARRAY_INDEX', '5', 5],
  ['PARALLEL_SEQ', '4', 3],
])('%s=%s is task %i', (name, text, index) => {
  expect(stepIndex({ [name]: text }, 0)).toBe(index)
  expect(stepIndex({ [name]: text }, 1000)).toBe(index + 1000)
})

test('SGE says undefined outside of an array; Slurm comes first', () => {
  expect(stepIndex({ SGE_TASK_ID: 'undefined', PBS_ARRAY_INDEX: '2' }, 0)).toBe(2)
  expect(stepIndex({ SLURM_ARRAY_TASK_ID: '1', PARALLEL_SEQ: '9' }, 0)).toBe(1)
})

test('none, or no number, is an error that names what to type', () => {
  expect(() => stepIndex({}, 0)).toThrow(/no --index.*--index 0/)
  expect(() => stepIndex({ SLURM_ARRAY_TASK_ID: 'x' }, 0)).toThrow(/SLURM_ARRAY_TASK_ID is 'x'/)
  expect(() => stepIndex({ SGE_TASK_ID: '0' }, 0)).toThrow(/SGE_TASK_ID/)
})
