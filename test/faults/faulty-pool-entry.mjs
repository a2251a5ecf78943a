// @ts-check
// The real entry of a pool's thread, which does harm where LEV_TEST_FAULT says so (support.ts): at the task of one kind,
// at one row, so many times whatever the thread. Files in a folder count the times, since each fault ends a thread.
import fs, { closeSync, existsSync, openSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { handle as healthy } from '@levattention/worker/pool-entry'

const { fault, kind, rowStart, times, folder, fifo } = JSON.parse(process.env.LEV_TEST_FAULT ?? '{}')

/** @typedef {import('@levattention/worker/internal').TaskMessage} TaskMessage */

/** Is it this thread's turn? */
function isDue() {
  for (let i = 0; i < times; i++) {
    try {
      closeSync(openSync(join(folder, `fault-${i}`), 'wx'))
      return true
    } catch {
      // Done already.
    }
  }
  return false
}

/**
 * Does the task while each read of this thread is preceded by `before`.
 * @param {() => void} before
 * @param {TaskMessage} message
 */
function withReads(before, message) {
  const read = fs.readSync
  const patch = (/** @type {typeof read} */ readSync) => {
    fs.readSync = readSync
    syncBuiltinESMExports()
  }
  const slowed = (/** @type {Parameters<typeof read>} */ ...args) => {
    before()
    return read(...args)
  }
  patch(/** @type {typeof read} */ (slowed))
  try {
    return healthy(message)
  } finally {
    patch(read)
  }
}

/** @param {number} ms */
function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** @type {Readonly<Record<string, (message: TaskMessage) => unknown>>} */
const FAULTS = {
  exit: () => process.exit(3),
  uncaught() {
    setImmediate(() => {
      throw new Error('a bug in a callback')
    })
    return new Promise(() => undefined)
  },
  heap() {
    const held = []
    for (;;) held.push(Array.from({ length: 1e5 }, (_, i) => i))
  },
  allocation(message) {
    globalThis.Float32Array = class extends Float32Array {
      constructor() {
        super(new ArrayBuffer(2 ** 46)) // more than any system gives
      }
    }
    return healthy(message)
  },
  loop() {
    for (;;);
  },
  wait: () => sleep(Infinity),
  // Goes on once the test has changed what is to be read.
  pause(message) {
    while (!existsSync(join(folder, 'go'))) sleep(5)
    return healthy(message)
  },
  // Held by the system: nobody writes into the pipe.
  stuck: () => fs.readSync(openSync(fifo, 'r+'), new Uint8Array(1)),
  // As a broken disk, and as a slow one.
  eio: (message) =>
    withReads(() => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' })
    }, message),
  slow: (message) => withReads(() => sleep(150), message),
}

if (fault === 'start-throw' && isDue()) throw new Error('broken file')
if (fault === 'start-exit' && isDue()) process.exit(7)
if (fault === 'start-hang' && isDue()) sleep(Infinity)

/** @param {TaskMessage} message */
export function handle(message) {
  const { range } = /** @type {Partial<import('@levattention/core/internal').ShardRequest>} */ (
    message.request
  )
  const isMeant = message.kind === kind && (rowStart === undefined || range?.rowStart === rowStart)
  if (!isMeant || !isDue()) return healthy(message)
  // Begun, as the real handler says it.
  Atomics.add(message.pulse, 0, 1)
  return FAULTS[fault](message)
}
