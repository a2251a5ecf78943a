import type { Floats } from '@levattention/core'
import { Draws } from '../randomness.ts'
import { headDim, type ModelShape, tokenCount } from './shape.ts'

/** One array of parameters, and where it lies among all. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  /** Of the first values, normal around 0; 'ones': all 1. */
  readonly start: number | 'ones'
  /** Whether weight decay takes hold of it: matrices alone. */
  readonly decays: boolean
  readonly offset: number
  readonly length: number
}

/** The blocks' arrays by the short names that `Block` uses. */
export const BLOCK_PARAMETERS = [
  'norm1.gain',
  'norm1.bias',
  'queries.weight',
  'queries.bias',
  'keys.weight',
  'keys.bias',
  'values.weight',
  'values.bias',
  'output.weight',
  'output.bias',
  'norm2.gain',
  'norm2.bias',
  'expand.weight',
  'expand.bias',
  'contract.weight',
  'contract.bias',
] as const

/** Every parameter of a model, in the order in which they lie in one array. */
export function parametersOf(shape: ModelShape): Parameter[] {
  const found: Parameter[] = []
  let offset = 0
  for (const [name, own, start] of declared(shape)) {
    const length = own.reduce((product, count) => product * count, 1)
    found.push({ name, shape: own, start, decays: name.endsWith('.weight'), offset, length })
    offset += length
  }
  return found
}

export function parameterCount(shape: ModelShape): number {
  return parametersOf(shape).reduce((sum, { length }) => sum + length, 0)
}

/** Views of each by name. */
export function namedParameters<F extends Floats>(shape: ModelShape, all: F): Readonly<Record<string, F>> {
  return Object.fromEntries(
    parametersOf(shape).map(({ name, offset, length }) => [name, all.subarray(offset, offset + length) as F]),
  )
}

/** What training starts from. */
export function setStart(all: Floats, shape: ModelShape, seed: number): void {
  const draws = new Draws(seed, 'weights')
  for (const { start, offset, length } of parametersOf(shape))
    for (let i = offset; i < offset + length; i++)
      all[i] = start === 'ones' ? 1 : start === 0 ? 0 : start * draws.normal(i)
}

type Declared = [name: string, shape: number[], start: number | 'ones']

function declared(shape: ModelShape): Declared[] {
  const { patchSize, dim, blocks, classes } = shape
  const pixels = patchSize * patchSize
  return [
    ['patch.weight', [pixels, dim], 0.7 / Math.sqrt(pixels)],
    ['patch.bias', [dim], 0],
    ['class', [dim], 0.02],
    ['position', [tokenCount(shape), dim], 0.1],
    ...Array.from({ length: blocks }, (_, block) => ofBlock(shape, `block${block}.`)).flat(),
    ['norm.gain', [dim], 'ones'],
    ['norm.bias', [dim], 0],
    ['classifier.weight', [dim, classes], 0.02],
    ['classifier.bias', [classes], 0],
  ]
}

function ofBlock(shape: ModelShape, prefix: string): Declared[] {
  const { dim, heads, hidden } = shape
  const own = headDim(shape)
  const shapes: Readonly<Record<(typeof BLOCK_PARAMETERS)[number], [number[], number | 'ones']>> = {
    'norm1.gain': [[dim], 'ones'],
    'norm1.bias': [[dim], 0],
    'queries.weight': [[heads, dim, own], 1 / Math.sqrt(dim)],
    'queries.bias': [[heads, own], 0],
    'keys.weight': [[heads, dim, own], 1 / Math.sqrt(dim)],
    'keys.bias': [[heads, own], 0],
    'values.weight': [[heads, dim, own], 1 / Math.sqrt(dim)],
    'values.bias': [[heads, own], 0],
    'output.weight': [[heads, own, dim], 0.5 / Math.sqrt(dim)],
    'output.bias': [[dim], 0],
    'norm2.gain': [[dim], 'ones'],
    'norm2.bias': [[dim], 0],
    'expand.weight': [[dim, hidden], 1 / Math.sqrt(dim)],
    'expand.bias': [[hidden], 0],
    'contract.weight': [[hidden, dim], 0.5 / Math.sqrt(hidden)],
    'contract.bias': [[dim], 0],
  }
  return BLOCK_PARAMETERS.map((name) => [prefix + name, ...shapes[name]])
}
