import { withScratch } from '@levattention/core/internal'
import type { MapTask } from './map-task.ts'
import type { TaskKind, TaskMessage, TaskRequest, TaskResult } from './protocol.ts'
import type { TaskContext } from './task-context.ts'
import { scoresTask, surveyTask } from './tasks/bounds.ts'
import { contentTask } from './tasks/content.ts'
import { generateTask } from './tasks/generate.ts'
import {
  absorbTask,
  gramTask,
  liftTask,
  ratioTask,
  refineTask,
  selectPrefixTask,
  selectTask,
  sketchTask,
  summarizeTask,
  tightenTask,
  weighTask,
} from './tasks/key-passes.ts'
import { exactTask, searchTask } from './tasks/queries.ts'
import { drawTask, importancesTask } from './tasks/sample.ts'
import { columnsTask, verifyTask } from './tasks/verify.ts'

const TASKS: { readonly [K in TaskKind]: MapTask<K> } = {
  ping: (_request, context) => ({ kernels: context.kernels.name }),
  gram: gramTask,
  summarize: summarizeTask,
  sketch: sketchTask,
  refine: refineTask,
  absorb: absorbTask,
  weigh: weighTask,
  lift: liftTask,
  ratio: ratioTask,
  tighten: tightenTask,
  select: selectTask,
  selectPrefix: selectPrefixTask,
  scores: scoresTask,
  survey: surveyTask,
  importances: importancesTask,
  draw: drawTask,
  search: searchTask,
  exact: exactTask,
  columns: columnsTask,
  content: contentTask,
  verify: verifyTask,
  generate: generateTask,
}

/** Runs one task in this thread; the scratch that it took is given back, by a task that throws too. Throws what the task throws. */
export function runTask<K extends TaskKind>(
  kind: K,
  request: TaskRequest<K>,
  context: TaskContext,
): TaskResult<K> {
  return withScratch(context.kernels, () => TASKS[kind](request, context))
}

/** As `runTask`, for a message whose kind is known only at run time. */
export function runMessage(
  message: Pick<TaskMessage, 'kind' | 'request'>,
  context: TaskContext,
): TaskResult<TaskKind> {
  return runTask(message.kind, message.request as never, context)
}
