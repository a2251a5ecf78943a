/** Reads up to `into.length` bytes of `file` from `position` on; how many came, from the first on. Less than all of them tells no reason. */
export type ReadTogether = (file: number, into: Uint8Array, position: number) => number

/** Whose memory several threads can fill at once. */
const readers = new WeakMap<ArrayBufferLike, ReadTogether>()
/** Below this one thread is as fast. */
const LEAST_BYTES = 2 ** 19

/** From now on files are read into `buffer` by `read`. */
export function setReadTogether(buffer: ArrayBufferLike, read: ReadTogether): void {
  readers.set(buffer, read)
}

/** What of `into` is read by several threads: 0 where its memory has none, or it is short. */
export function readTogether(file: number, into: Uint8Array, position: number): number {
  if (into.length < LEAST_BYTES) return 0
  return readers.get(into.buffer)?.(file, into, position) ?? 0
}
