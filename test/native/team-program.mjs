// @ts-check
// A program of test/native/team.test.ts: kernels whose calls threads share, in worker threads and in the main one.
import { createHash } from 'node:crypto'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compileKernels, findNative, wasmKernels } from '@levattention/core/internal'

const [DIM, ROWS] = [48, 8192]

/** @param {number} calls */
async function digest(calls) {
  const found = await findNative({})
  if (found.state !== 'built') throw new Error('no addon')
  const kernels = wasmKernels(await compileKernels(), undefined, undefined, { ...found.choice, threads: 3 })
  const rows = kernels.f32(ROWS * DIM)
  for (let i = 0; i < rows.length; i++) rows[i] = Math.sin(i)
  const gram = kernels.f64(DIM * DIM)
  const [product, matrix] = [kernels.f64(ROWS * DIM), kernels.f64(DIM * DIM)]
  for (let i = 0; i < calls; i++) {
    kernels.addGram(gram, rows, ROWS, DIM)
    matrix.set(gram)
    kernels.multiply(product, rows, matrix, ROWS, DIM, DIM)
  }
  return createHash('sha256').update(gram).update(product).digest('hex')
}

/** @param {number} calls */
function inWorker(calls) {
  return new Worker(new URL(import.meta.url), { workerData: calls })
}

/** @param {Worker} worker */
const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve))

const TASKS = {
  /** Three callers at once: the team serves one, the others are on their own. */
  async callers() {
    const workers = [inWorker(30), inWorker(30)]
    const answers = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)))
    return [await digest(30), ...(await Promise.all(answers))]
  },
  /** The thread that loaded the addon ends, and with it the addon would go from under its threads. */
  async ended() {
    await ended(inWorker(3))
    await new Promise((resolve) => setTimeout(resolve, 50))
    return [await digest(3)]
  },
  /** Ended inside a call. */
  async terminated() {
    const worker = inWorker(100_000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await worker.terminate()
    return [await digest(3)]
  },
}

if (!isMainThread) {
  const answer = await digest(/** @type {number} */ (workerData))
  // Another thread's port has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(answer)
} else {
  const task = /** @type {keyof typeof TASKS} */ (process.argv[2])
  console.log(JSON.stringify(await TASKS[task]()))
  // While its threads look out for more.
  process.exit(0)
}
