import { LevError } from '@levattention/core'
import { readTensors, writeTensors } from '../files/safetensors.ts'
import { parameterCount } from '../model/parameters.ts'
import type { TrainingOptions } from './training-options.ts'

/** All that training goes on from: the rest is a function of the step. */
export interface Checkpoint {
  /** Steps that are done. */
  readonly step: number
  /** [parameters] each */
  readonly weights: Float32Array
  readonly moments: Float32Array
  readonly squares: Float32Array
}

const FORMAT = 'levattention vision checkpoint 1'
const ARRAYS = ['weights', 'moments', 'squares'] as const

/** Throws CannotWrite; what stood there before stays then. */
export async function saveCheckpoint(
  path: string,
  state: Checkpoint,
  options: TrainingOptions,
): Promise<void> {
  const tensors = Object.fromEntries(
    ARRAYS.map((name) => [name, { shape: [state[name].length], data: state[name] }]),
  )
  const metadata = { format: FORMAT, step: String(state.step), options: JSON.stringify(options) }
  await writeTensors(path, { tensors, metadata })
}

/** Of a training with the same options. Throws NotFound, Content, and Option where they are others. */
export function readCheckpoint(path: string, options: TrainingOptions): Checkpoint {
  const { tensors, metadata } = readTensors(path)
  if (metadata.format !== FORMAT) {
    const message = `${path} is no checkpoint of this version (${metadata.format ?? 'no format'})`
    throw new LevError('Content', message, { file: path })
  }
  requireSame(path, JSON.parse(metadata.options) as TrainingOptions, options)
  const [weights, moments, squares] = ARRAYS.map((name) => tensors[name]?.data)
  const count = parameterCount(options.shape)
  if (![weights, moments, squares].every((array) => array?.length === count))
    throw new LevError('Content', `${path}: arrays of another length than the model's ${count}`, {
      file: path,
    })
  return { step: Number(metadata.step), weights, moments, squares }
}

function requireSame(path: string, found: TrainingOptions, wanted: TrainingOptions): void {
  for (const name of Object.keys(wanted) as (keyof TrainingOptions)[]) {
    const [old, now] = [JSON.stringify(found[name]), JSON.stringify(wanted[name])]
    if (old === now) continue
    const message = `${path} is of a training with ${name} ${old}, not ${now}: train in another folder, or as before`
    throw new LevError('Option', message, { file: path })
  }
}
