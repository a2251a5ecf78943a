// For the coordinator, of the same version, and the tests; no promise of stability to anyone else.
export {
  type Broadcast,
  GENERATE,
  PING,
  SEARCH,
  type SearchRequest,
  type TaskMessage,
  type WorkerSettings,
} from './protocol.ts'
export { runTask } from './run-task.ts'
export { TaskContext } from './task-context.ts'
export type { WireAnswer } from './wire-error.ts'
