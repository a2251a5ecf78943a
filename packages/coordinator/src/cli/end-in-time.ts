import { CLOSE_LIMIT_MS } from '../engines/thread-ends.ts'

/**
 * For a command that is done and has said so: where a thread that the system holds in a call keeps the process alive, nothing
 * but SIGKILL ends it.
 */
export function endInTime(limitMs = CLOSE_LIMIT_MS): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), limitMs).unref()
}
