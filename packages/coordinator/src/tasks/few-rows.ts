import { type FewRows, fewRowsTask, type MatrixSource } from '@levattention/core/internal'
import { answersOf } from './reduce-pass.ts'
import type { RunContext } from './run-context.ts'

/** What `source` [n, d], n <= d, tells of its rows: they are read at once, where the work is done. */
export async function fewRowsOf(
  source: MatrixSource,
  context: RunContext,
  wantsEigenvalues: boolean,
): Promise<FewRows> {
  const ranges = [{ rowStart: 0, rowEnd: source.rows }]
  const work = { task: fewRowsTask, source, ranges, question: { wantsEigenvalues } }
  for await (const told of answersOf(work, context)) return told
  return { areIndependent: false }
}
