import { counted, LevError, optionText } from '@levattention/core/internal'

/** A flag of node, for all that start it: it needs no other command line. */
const FLAG = '`NODE_OPTIONS=--disable-wasm-trap-handler`'

/** Of a run that goes on with scalar kernels. */
export function slowerKernels(): string {
  return (
    'the limit on address space (ulimit -v) has no room for the 10 GiB that each WebAssembly memory reserves: the scalar ' +
    `kernels run instead, to the same bytes in up to ten times the time. Raise the limit, or set ${FLAG}, with which ` +
    'memories reserve less'
  )
}

/** Of a run that goes on with fewer threads; none: in the caller's. */
export function fewerWorkers(wanted: number, workers: number): string {
  const found = workers === 0 ? 'no worker thread' : counted(workers, 'worker thread')
  return `the limit on address space (ulimit -v) has room for ${found}, not for ${wanted}: the run takes these, to the same bytes`
}

/** Does the system refuse to start a thread? */
export function isThreadRefused(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_INIT_FAILED'
}

/** Of a run that goes on with `threads`, its own among them. */
export function noThreads(refusal: Error, threads = 1): string {
  const left = threads === 1 ? 'thread that it has' : `${threads} threads that it has`
  return `the system starts no more threads (${refusal.message}; ulimit -u): the run takes the ${left}, to the same bytes`
}

export function noRoomForKernels(kernels: string): LevError {
  const message =
    `kernels ${kernels}: the limit on address space (ulimit -v) has no room for the 10 GiB that each WebAssembly memory reserves; ` +
    `raise it, set ${FLAG}, with which memories reserve less, or take ${optionText('kernels')} auto`
  return new LevError('SystemLimit', message, { option: 'kernels' })
}

export function noRoomForThreads(): LevError {
  const message = 'the limit on address space (ulimit -v) has no room for a thread; raise it'
  return new LevError('SystemLimit', message)
}
