import { HANG_LIMIT_MS } from '../engines/task-watch.ts'
import { CLOSE_LIMIT_MS } from '../engines/thread-ends.ts'

/**
 * For a command that is done with `exitCode` and has said so: where a thread that the system holds in a call keeps the
 * process alive, nothing but SIGKILL ends it. Who has succeeded waits longer for that call, since being killed looks like
 * failure.
 */
export function endInTime(
  exitCode: number,
  limitMs: number = exitCode === 0 ? HANG_LIMIT_MS : CLOSE_LIMIT_MS,
): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), limitMs).unref()
}
