import type { MessagePort, Worker } from 'node:worker_threads'
import adapt from 'comlink/dist/esm/node-adapter.mjs'

/**
 * A port or a worker as comlink's `wrap` and `expose` know endpoints: an `Endpoint`. Not declared so, since comlink's types need
 * lib DOM, which those who use these packages may not have.
 */
export function nodeEndpoint(port: MessagePort | Worker): object {
  return adapt(port)
}
