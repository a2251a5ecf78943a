import { byTurns } from './by-turns.ts'

/**
 * A copy of plain data whose typed arrays lie in shared memory: sent to many tasks, they are not copied again.
 * Arrays that are shared already stay as they are.
 */
export function toSharedMemory<T>(value: T): T {
  const copying = sharing(value)
  for (;;) {
    const { done, value: copy } = copying.next()
    if (done) return copy as T
  }
}

/** As `toSharedMemory`, of arrays that may be large: others of this thread come between. Throws Aborted. */
export async function sharedByTurns<T>(value: T, signal: AbortSignal | undefined): Promise<T> {
  return (await byTurns(sharing(value), signal)) as T
}

function* sharing(value: unknown): Generator<void, unknown, void> {
  if (ArrayBuffer.isView(value)) return yield* sharingView(value)
  if (value === null || typeof value !== 'object') return value
  const copies: [string, unknown][] = []
  for (const [key, field] of Object.entries(value)) copies.push([key, yield* sharing(field)])
  return Array.isArray(value) ? copies.map(([, copy]) => copy) : Object.fromEntries(copies)
}

type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array

/** Numbers that are copied at a time: a millisecond or two. */
const PIECE_LENGTH = 2 ** 18

function* sharingView(view: ArrayBufferView): Generator<void, ArrayBufferView, void> {
  if (view.buffer instanceof SharedArrayBuffer) return view
  const from = view as NumberArray
  // A Buffer's own constructor takes a length.
  const kind = Buffer.isBuffer(view) ? Uint8Array : from.constructor
  const make = kind as new (buffer: SharedArrayBuffer) => NumberArray
  const copy = new make(new SharedArrayBuffer(from.byteLength))
  for (let start = 0; start < from.length; start += PIECE_LENGTH) {
    copy.set(from.subarray(start, start + PIECE_LENGTH), start)
    yield
  }
  return copy
}
