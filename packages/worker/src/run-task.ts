import {
  countLines,
  drawnKeysTask,
  ALGEBRA_TASK,
  answerAlgebra,
  answerMerge,
  answerPart,
  MERGE_TASK,
  OPEN_PART,
  type Pass,
  sharedSumOf,
  leverageTask,
  LevError,
  plantedKeys,
  plantedQueries,
  ROW_TASKS,
  restClustersTask,
  type RowTask,
  segmentSetsTask,
  type ShardRequest,
  type Task,
  type TaskSource,
  turnLines,
  withScratch,
} from '@levattention/core/internal'
import { COUNT_LINES, GENERATE, PING, SEARCH, type TaskMessage, TURN_LINES } from './protocol.ts'
import type { TaskContext } from './task-context.ts'
import { searchTask } from './search-task.ts'

/** Answers one kind of task: a pure function of the request. The context only saves work. */
interface Handler {
  answer(request: unknown, context: TaskContext): unknown
}

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...[...ROW_TASKS, leverageTask, drawnKeysTask, segmentSetsTask, restClustersTask].map(
    (task): [string, Handler] => [task.kind, rowHandler(task)],
  ),
  handler(PING, (_request, { kernels }) => ({ kernels: kernels.name })),
  handler(SEARCH, searchTask),
  handler(COUNT_LINES, ({ table, range }) => countLines(table, range)),
  handler(TURN_LINES, (request) => {
    turnLines(request)
    return undefined
  }),
  handler(ALGEBRA_TASK, (request, { kernels }) => answerAlgebra(kernels, request)),
  handler(OPEN_PART, (file) => answerPart(file)),
  handler(MERGE_TASK, (request, { kernels }) => answerMerge(kernels, request)),
  handler(GENERATE, ({ model, part, range }) =>
    part === 'keys' ? plantedKeys(model, range) : plantedQueries(model, range),
  ),
])

function handler<Request, Answer>(
  { kind }: Task<Request, Answer>,
  answer: (request: Request, context: TaskContext) => Answer,
): [string, Handler] {
  return [kind, { answer: (request, context) => answer(request as Request, context) }]
}

function rowHandler(task: RowTask<unknown, unknown>): Handler {
  return {
    answer(request: ShardRequest, context) {
      const open = (source: TaskSource) => context.open(source)
      const { source, range, inSharedMemory } = request
      const shard = {
        source: open(source),
        range,
        kernels: context.kernels,
        open,
        answerMemory: context.answerMemory,
      }
      if (inSharedMemory && 'map' in task)
        return sharedSumOf(task as Pass<unknown, unknown, unknown>, shard, request)
      return task.answer(shard, request)
    },
  }
}

/** Runs one task in this thread; scratch and files that it took are given back, by a task that throws too. Throws what the task throws, InputChanged. */
export function runTask({ kind, request }: Omit<TaskMessage, 'pulse'>, context: TaskContext): unknown {
  const handled = HANDLERS.get(kind)
  if (!handled) throw new LevError('Internal', `a worker knows no task '${kind}'; please report this`)
  let answer
  try {
    answer = withScratch(context.kernels, () => handled.answer(request, context))
  } catch (error) {
    closeQuietly(context)
    throw error
  }
  context.closeFiles()
  return answer
}

/** The task's own error is the one to tell. */
function closeQuietly(context: TaskContext): void {
  try {
    context.closeFiles()
  } catch {
    // A file that changed meanwhile.
  }
}
