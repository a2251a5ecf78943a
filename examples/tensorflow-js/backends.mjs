// @ts-check
// TensorFlow.js on Node without native code. Gradients of its own operations are registered by tfjs-layers: tfjs-core alone, as Node
// loads it, has none ("gradient function not found").
/* oxlint-disable import/no-unassigned-import -- they register what they bring */
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import '@tensorflow/tfjs-layers'
import { ready, setBackend } from '@tensorflow/tfjs-core'

export const BACKENDS = /** @type {const} */ (['cpu', 'wasm'])

/** @param {(typeof BACKENDS)[number]} name */
export async function useBackend(name) {
  if (!(await setBackend(name)))
    throw new Error(`TensorFlow.js has no backend ${name} here; run \`npm ci\` again`)
  await ready()
}
