// @ts-check
// A service that keeps a universal set resident and answers batches of queries: plain node:http, bodies in MessagePack.
//   node examples/query-service.mjs [U.lev [PORT]]      from the root; without U.lev: the set of examples/data/ocr/keys.npy
//   GET  /       -> {attention, n, d, p, epsilon, universalSize, waiting}
//   POST /query  {queries: Float32Array [rows x d], limit?, timeoutMs?}
//                -> {queryCount, offsets, rowIds, scores, dots, complete, ...}: docs/sessions.md
// Errors: {tag, message} with 400 (the request), 413 (too large), 503 (busy, ending, or a thread died: try again) or 500.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { levattention } from '@levattention/coordinator'
import { openMatrix, openUniversalSet } from '@levattention/core'
import { Packr } from 'msgpackr'

/**
 * @typedef {import('node:http').IncomingMessage} Request
 * @typedef {import('node:http').ServerResponse} Response
 */

const LARGEST_BODY_BYTES = 64 * 2 ** 20
/** @type {Readonly<Record<string, number>>} */
const STATUS = {
  Option: 400,
  ShapeMismatch: 400,
  Content: 400,
  TooLarge: 413,
  Overloaded: 503,
  WorkerLost: 503,
}
const codec = new Packr({ moreTypes: true, useRecords: false })

const [levPath, port = '0'] = process.argv.slice(2)
const lev = await levattention()
const universal = levPath ? openUniversalSet(levPath) : await ofExample()
const session = await lev.session(universal)
const server = createServer((request, response) => void answer(request, response))
server.listen(Number(port), '127.0.0.1')
await once(server, 'listening')
const address = /** @type {import('node:net').AddressInfo} */ (server.address())
console.log(`${universal.rowIds.length} keys resident; listening on http://127.0.0.1:${address.port}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())

async function ofExample() {
  const keys = openMatrix('examples/data/ocr/keys.npy')
  try {
    return await lev.universalSet(keys, { epsilon: 0.03 })
  } finally {
    keys.close()
  }
}

/**
 * @param {Request} request
 * @param {Response} response
 */
async function answer(request, response) {
  const left = new AbortController()
  response.once('close', () => left.abort())
  try {
    send(response, 200, await handle(request, left.signal))
  } catch (error) {
    const { tag = 'Internal', message } = /** @type {Error & { tag?: string }} */ (error)
    send(response, STATUS[tag] ?? 500, { tag, message })
  }
}

/**
 * @param {Request} request
 * @param {AbortSignal} signal
 */
async function handle(request, signal) {
  if (request.method === 'GET' && request.url === '/') return facts()
  if (request.method !== 'POST' || request.url !== '/query') throw tagged('Option', 'GET / or POST /query')
  const { queries, limit, timeoutMs } = decoded(await bodyOf(request))
  return await session.query(queries, { limit, timeoutMs, signal })
}

function facts() {
  const { rowCount: n, dim: d, p, epsilon, rowIds } = universal
  return {
    attention: `|q.k|^${p}`,
    n,
    d,
    p,
    epsilon,
    universalSize: rowIds.length,
    waiting: session.waitingCount,
  }
}

/** @param {Request} request */
async function bodyOf(request) {
  const chunks = []
  let byteLength = 0
  for await (const chunk of request) {
    byteLength += chunk.byteLength
    if (byteLength > LARGEST_BODY_BYTES) throw tagged('TooLarge', `more than ${LARGEST_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** @param {Buffer} body */
function decoded(body) {
  try {
    return codec.unpack(body) ?? {}
  } catch (error) {
    throw tagged('Content', `the body is not MessagePack: ${String(error)}`)
  }
}

/**
 * @param {string} tag
 * @param {string} message
 */
function tagged(tag, message) {
  return Object.assign(new Error(message), { tag })
}

/**
 * @param {Response} response
 * @param {number} status
 * @param {unknown} value
 */
function send(response, status, value) {
  if (response.destroyed) return // nobody waits for it any more
  response.writeHead(status, { 'content-type': 'application/msgpack' })
  response.end(codec.pack(value))
}

async function stop() {
  server.close()
  await lev.close() // calls under way are told
  server.closeAllConnections()
}
