// @ts-check
// A Gram matrix made in a thread from the module of its parent, or as a program from its own.
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { compileKernels, wasmKernels } from '@levattention/core/internal'

const kernels = wasmKernels(isMainThread ? await compileKernels() : workerData)
const [gram, rows] = [kernels.f64(4), kernels.f32(4)]
rows.set([1, 2, 3, 4])
kernels.addGram(gram, rows, 2, 2)
if (isMainThread) console.log(String(gram))
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has no origin
else parentPort?.postMessage([...gram])
