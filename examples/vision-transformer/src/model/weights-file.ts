import { LevError } from '@levattention/core'
import { bytesOf, digestOf, readTensors, writeTensors } from '../files/safetensors.ts'
import { namedParameters, parameterCount, parametersOf } from './parameters.ts'
import type { ModelShape } from './shape.ts'

/** A trained model, and what is said of it. */
export interface WeightsFile {
  readonly shape: ModelShape
  /** [parameters] */
  readonly weights: Float32Array
  readonly metadata: Readonly<Record<string, string>>
}

const FORMAT = 'levattention vision weights 1'

/** A safetensors file of named parameters, in half precision where `half`. Throws CannotWrite. */
export async function saveWeights(
  path: string,
  { shape, weights, metadata }: WeightsFile,
  half = false,
): Promise<void> {
  const named = namedParameters(shape, weights)
  const tensors = Object.fromEntries(
    parametersOf(shape).map(({ name, shape: own }) => [name, { shape: own, data: named[name] }]),
  )
  const all = { ...metadata, format: FORMAT, shape: JSON.stringify(shape) }
  await writeTensors(path, { tensors, metadata: all }, half)
}

/** Throws NotFound and Content. */
export function readWeights(path: string): WeightsFile {
  const { tensors, metadata } = readTensors(path)
  if (metadata.format !== FORMAT) {
    const message = `${path} holds no weights of this version (${metadata.format ?? 'no format'})`
    throw new LevError('Content', message, { file: path })
  }
  const shape = JSON.parse(metadata.shape) as ModelShape
  const weights = new Float32Array(parameterCount(shape))
  for (const { name, offset, length } of parametersOf(shape)) {
    const found = tensors[name]?.data
    if (found?.length !== length) {
      const message = `${path}: ${name} has ${found?.length ?? 'no'} numbers, and the model has ${length}`
      throw new LevError('Content', message, { file: path })
    }
    weights.set(found, offset)
  }
  return { shape, weights, metadata }
}

/** SHA-256 of the float32 weights, little-endian: one name for the same bits. */
export function weightsDigest(weights: Float32Array): string {
  return digestOf([bytesOf(weights)])
}
