// For the coordinator, of the same version, and the tests; no promise of stability to anyone else.
export {
  type Broadcast,
  COUNT_LINES,
  GENERATE,
  PING,
  SEARCH,
  type SearchRequest,
  type TaskMessage,
  TURN_LINES,
  type WorkerSettings,
} from './protocol.ts'
export { runTask } from './run-task.ts'
export { TaskContext } from './task-context.ts'
export type { WireAnswer } from './wire-error.ts'
