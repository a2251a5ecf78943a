import type { MessagePort, Worker } from 'node:worker_threads'
import type { Endpoint } from 'comlink'
import adapt from 'comlink/dist/esm/node-adapter.mjs'

/** A port or a worker as comlink's `wrap` and `expose` know endpoints. */
export function nodeEndpoint(port: MessagePort | Worker): Endpoint {
  return adapt(port)
}
