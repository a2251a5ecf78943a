// @ts-check
// The real entry of an actor's thread, whose actors do harm where the first number of a call asks for it, and say so first.
import { SearchActor, SummaryActor } from '@levattention/worker/internal/actors'

/** @type {Readonly<Record<number, () => unknown>>} */
const FAULTS = {
  1001: () => process.exit(3),
  // The call stays open; the thread dies of an exception that nobody catches.
  1002: () =>
    new Promise(() => {
      setTimeout(() => {
        throw new Error('a bug in a timer')
      })
    }),
  1003: () => {
    for (;;);
  },
  1004: () => {
    const held = []
    for (;;) held.push(Array.from({ length: 1e6 }, (_, i) => i))
  },
  1005: () => ({ ok: true, result: () => 'a function cannot be sent' }),
}

/** @param {number} fault */
function tell(fault) {
  const channel = new BroadcastChannel('faulty-actor')
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no origin
  channel.postMessage(fault)
  channel.close()
}

/**
 * @template {string} Name
 * @template Request
 * @param {Record<Name, (request: Request, ...rest: never[]) => unknown>} prototype of an actor
 * @param {Name} name
 * @param {(request: Request) => ArrayLike<number>} numbersOf
 */
function harm(prototype, name, numbersOf) {
  const healthy = prototype[name]
  prototype[name] = function (request, ...rest) {
    const { 0: first, 1: milliseconds } = numbersOf(request)
    if (first === 1010 || FAULTS[first]) tell(first)
    if (first === 1010) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
    return FAULTS[first] ? FAULTS[first]() : healthy.call(this, request, ...rest)
  }
}

harm(SearchActor.prototype, 'query', ({ queries }) => queries)
harm(SummaryActor.prototype, 'query', ({ queries }) => queries)
harm(SummaryActor.prototype, 'update', (rows) => rows)
// The compiled module behind the export, which is a bundle with classes of its own.
await import('../../../packages/worker/dist/actor-entry.js')
