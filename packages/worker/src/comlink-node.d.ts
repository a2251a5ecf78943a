// comlink ships this adapter without types of its own for ESM.
declare module 'comlink/dist/esm/node-adapter.mjs' {
  import type { Endpoint } from 'comlink'
  import type { MessagePort, Worker } from 'node:worker_threads'

  const nodeEndpoint: (port: MessagePort | Worker) => Endpoint
  // oxlint-disable-next-line import/no-default-export
  export default nodeEndpoint
}
