import { parentPort, workerData } from 'node:worker_threads'
import { wasmKernels } from '@levattention/core/internal'

const kernels = wasmKernels(workerData)
const [gram, rows] = [kernels.f64(4), kernels.f32(4)]
rows.set([1, 2, 3, 4])
kernels.addGram(gram, rows, 2, 2)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has no origin
parentPort.postMessage([...gram])
