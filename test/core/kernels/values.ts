import type { Kernels } from '@levattention/core/internal'

export type Element = 'f32' | 'f64'
export const ELEMENTS: readonly Element[] = ['f32', 'f64']

/** What the numbers of a test matrix are like. */
export type Kind = 'plain' | 'wide' | 'subnormal' | 'huge' | 'gaps'
export const KINDS: readonly Kind[] = ['plain', 'wide', 'subnormal', 'huge', 'gaps']

/** Sizes around the 2 and 4 lanes, the tiles of 4 and 8, and the blocks of 64, 128 and 256 rows. */
export const SMALL_SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 17]
export const BLOCK_SIZES = [63, 64, 65, 127, 128, 129, 255, 256, 257]

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A full significand in (-1, 1). */
function significand(next: () => number): number {
  return 2 * (next() + next() * 2 ** -32) - 1
}

function draw(next: () => number, kind: Kind, element: Element): number {
  const value = significand(next)
  const [smallest, largest] = element === 'f32' ? [-149, 128] : [-1074, 1024]
  if (kind === 'wide') return value * 2 ** Math.round((next() - 0.5) * 0.9 * largest) // products stay finite
  if (kind === 'subnormal') return value * 2 ** (smallest + Math.round(next() * 24))
  if (kind === 'huge') return value * 2 ** (largest - 1 - Math.round(next() * 8)) // sums overflow
  if (kind === 'gaps') return [0, -0, value, 1][Math.floor(next() * 4)]
  return value
}

/** `length` numbers in scratch of `kernels`; the same numbers for the same seed, whatever the kernels. */
export function scratch(
  kernels: Kernels,
  element: Element,
  length: number,
  seed: number,
  kind: Kind = 'plain',
): Float32Array | Float64Array {
  const next = random(seed)
  const array = kernels[element](length)
  for (let i = 0; i < length; i++) array[i] = draw(next, kind, element)
  return array
}

export function scratch64(
  kernels: Kernels,
  length: number,
  seed: number,
  kind: Kind = 'plain',
): Float64Array {
  return scratch(kernels, 'f64', length, seed, kind) as Float64Array
}

/** A lower triangle [dim, dim] that solves without overflow; above it NaN, which nobody may read. */
export function lowerFactor(kernels: Kernels, dim: number, seed: number): Float64Array {
  const lower = scratch64(kernels, dim * dim, seed)
  for (let i = 0; i < dim; i++) {
    lower[i * dim + i] += Math.sign(lower[i * dim + i] || 1)
    for (let b = 0; b < i; b++) lower[i * dim + b] /= dim
    lower.fill(NaN, i * dim + i + 1, (i + 1) * dim)
  }
  return lower
}

/** The bits of an array as text; every NaN alike, because its bits are not fixed (see Kernels). */
export function bits(array: Float32Array | Float64Array | Uint32Array): string {
  const copy = array.slice()
  for (let i = 0; i < copy.length; i++) if (Number.isNaN(copy[i])) copy[i] = NaN
  return Buffer.from(copy.buffer, copy.byteOffset, copy.byteLength).toString('base64')
}
