import {
  type FewRows,
  type FewRowsQuestion,
  fewRowsTask,
  type MatrixSource,
} from '@levattention/core/internal'
import { answersOf } from './reduce-pass.ts'
import type { RunContext } from './run-context.ts'

/** What `source` [n, d] of few rows tells of them: they are read at once, where the work is done. */
export async function fewRowsOf(
  source: MatrixSource,
  context: RunContext,
  question: FewRowsQuestion,
): Promise<FewRows> {
  const ranges = [{ rowStart: 0, rowEnd: source.rows }]
  const work = { task: fewRowsTask, source, ranges, question }
  for await (const told of answersOf(work, context)) return told
  return { areIndependent: false }
}
