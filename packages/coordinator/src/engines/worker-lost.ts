import { type ErrorPlace, LevError, optionText, type ShardRequest } from '@levattention/core/internal'

/** WorkerLost for a task that failed `tries` times by its workers' deaths, of which `error` was the last. */
export function taskLost(kind: string, request: unknown, tries: number, error: unknown): LevError {
  const cause = deathOf(error)
  const { name, place } = rowsOf(request)
  const died = error === cause ? 'its worker died: ' : ''
  const advice = isMemoryDeath(cause)
    ? `. Fewer ${optionText('workers')}, or smaller ${optionText('shardRows')}, need less memory`
    : ''
  const message = `task ${kind}${name} failed ${tries} times; the last time ${died}${reasonOf(cause)}${advice}`
  return new LevError('WorkerLost', message, place, { cause })
}

/** WorkerLost for a pool whose first worker did not answer because of `error`. */
export function cannotStart(error: unknown): LevError {
  const cause = deathOf(error)
  const message = `a worker thread cannot start: ${reasonOf(cause)}. ${optionText('workers', 0)} runs without threads`
  return new LevError('WorkerLost', message, {}, { cause })
}

/** Aborted, for a task whose pool was closed. */
export function threadsClosed(): LevError {
  return new LevError('Aborted', 'the threads were closed')
}

/** Did we give the task up, rather than its worker die under it? */
export function isTakenBack(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AbortError'
}

/** The pool wraps why a task was taken back. */
function deathOf(error: unknown): unknown {
  return isTakenBack(error) ? error.cause : error
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function isMemoryDeath(cause: unknown): boolean {
  return cause instanceof Error && /memory|allocation failed/.test(cause.message)
}

/** Which rows a task reads, if it reads any: ' of rows 0 to 4095 of K.npy'. */
function rowsOf(request: unknown): { name: string; place: ErrorPlace } {
  const { range, source } = request as Partial<ShardRequest>
  if (range === undefined) return { name: '', place: {} }
  const name = ` of rows ${range.rowStart} to ${range.rowEnd - 1}`
  const file =
    source?.kind === 'files'
      ? source.parts.findLast((part) => part.firstRow <= range.rowStart)?.path
      : undefined
  return file === undefined
    ? { name, place: { row: range.rowStart } }
    : { name: `${name} of ${file}`, place: { file, row: range.rowStart } }
}
