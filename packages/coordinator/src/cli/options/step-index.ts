import { LevError } from '@levattention/core/internal'

/** Where engines put a task's index, and what it counts from. */
const SOURCES: readonly (readonly [name: string, first: number])[] = [
  ['SLURM_ARRAY_TASK_ID', 0],
  ['JOB_COMPLETION_INDEX', 0],
  ['AWS_BATCH_JOB_ARRAY_INDEX', 0],
  ['SGE_TASK_ID', 1],
  ['PBS_ARRAY_INDEX', 0],
  ['PARALLEL_SEQ', 1],
]

/** The index that the engine gave this task, plus `offset`. SGE says 'undefined' outside of an array. Throws Option where none did. */
export function stepIndex(env: NodeJS.ProcessEnv, offset: number): number {
  for (const [name, first] of SOURCES) {
    const text = env[name]
    if (text === undefined || text === '' || text === 'undefined') continue
    const index = Number(text) - first
    if (Number.isSafeInteger(index) && index >= 0) return index + offset
    const message = `${name} is '${text}', no index of a task; give --index`
    throw new LevError('Option', message, { option: 'index' })
  }
  const names = SOURCES.map(([name]) => name).join(', ')
  const message = `no --index, and none of ${names} is set; say which task, as in \`--index 0\``
  throw new LevError('Option', message, { option: 'index' })
}
