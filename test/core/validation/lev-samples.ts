/** Valid .lev files of every kind, as the code itself makes them. */
import { findUniversalSet, type UniversalOptions } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import {
  KeySummary,
  levToBytes,
  scalarKernels,
  summaryContent,
  universalContent,
} from '@levattention/core/internal'
import { stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'
import { contextOf, roundedToF32, sourceOf } from '../../support/run-inline.ts'

/** Keys [n, d] of which a few are long. */
export function spikedKeys(rows: number, cols: number, seed: number, width = 1): DenseMatrix {
  const random = new Random(seed)
  const all = Array.from({ length: rows }, (_row, j) => {
    const size = j % 37 === 5 ? 20 : 1
    return Float64Array.from({ length: cols }, (_, a) => size * random.normal() * width ** a)
  })
  return roundedToF32(stack(all, cols))
}

/** Its last column is the first, but for a relative `gap`. */
export function dependentKeys(rows: number, cols: number, seed: number, gap = 0): DenseMatrix {
  const keys = spikedKeys(rows, cols, seed)
  const random = new Random(seed + 1)
  for (let r = 0; r < rows; r++) keys.data[(r + 1) * cols - 1] = keys.data[r * cols] + gap * random.normal()
  return keys
}

export async function universalBytes(
  keys: DenseMatrix,
  element: 'f32' | 'f64',
  options: Partial<UniversalOptions> = {},
): Promise<Uint8Array> {
  const context = contextOf(new InlineEngine(scalarKernels), scalarKernels())
  const terms = { epsilon: 0.05, mergeable: true, ...options }
  const { universal, origin } = await findUniversalSet(sourceOf(keys, element), terms, context)
  return levToBytes(universalContent(universal, origin))
}

/** U of rows that came as a stream. */
export function streamedUniversalBytes(
  keys: DenseMatrix,
  terms: { p?: number; form?: 'gram' | 'triangular'; epsilon?: number } = {},
): Uint8Array {
  const summary = new KeySummary({ dim: keys.cols, epsilon: 0.05, form: 'triangular', ...terms }).update(
    keys.data,
  )
  const universal = summary.universalSet()
  const origin = { ...summary.origin(), shardRows: 0, shardSquaredNorms: new Float64Array(0) }
  return levToBytes(universalContent(universal, origin))
}

export function summaryBytes(
  keys: DenseMatrix,
  terms: { p?: number; form?: 'gram' | 'triangular'; policy?: 'whole' | 'prefix' } = {},
): Uint8Array {
  const summary = new KeySummary({ dim: keys.cols, epsilon: 0.05, ...terms })
  const middle = Math.floor(keys.rows / 2) * keys.cols
  summary.update(keys.data.subarray(0, middle))
  return levToBytes(summaryContent(summary.update(keys.data.subarray(middle)).state))
}

/** One of each kind. */
export async function levSamples(): Promise<Record<string, Uint8Array>> {
  const keys = spikedKeys(5000, 4, 1)
  const few = spikedKeys(600, 4, 2)
  return {
    'whole, float32': await universalBytes(keys, 'f32', { shardRows: 4096 }),
    'whole, float64': await universalBytes(spikedKeys(5000, 4, 1, 2 ** 40), 'f64', {
      shardRows: 4096,
      rowOffset: 700,
    }),
    refined: await universalBytes(dependentKeys(600, 4, 3, 2 ** -14), 'f64'),
    singular: await universalBytes(dependentKeys(600, 4, 4), 'f64'),
    'p = 3': await universalBytes(few, 'f32', { p: 3 }),
    'p = 1': await universalBytes(few, 'f64', { p: 1 }),
    'p = 3, tightened': await universalBytes(few, 'f32', { p: 3, tighten: true }),
    'p = 4, lifted': await universalBytes(few, 'f32', { p: 4 }),
    'p = 3, one pass': await universalBytes(keys, 'f32', { p: 3, passes: 1, shardRows: 4096 }),
    'p = 0.5, one pass': await universalBytes(few, 'f32', { p: 0.5, passes: 1, epsilon: 1e-3 }),
    causal: await universalBytes(keys, 'f32', { causal: true, shardRows: 4096 }),
    'causal, p = 3': await universalBytes(keys, 'f64', { causal: true, shardRows: 4096, p: 3 }),
    sketch: await universalBytes(keys, 'f32', { method: 'sketch', shardRows: 4096 }),
    'of a stream': streamedUniversalBytes(dependentKeys(600, 4, 5, 2 ** -12)),
    'of a stream, p = 1': streamedUniversalBytes(few, { p: 1 }),
    summary: summaryBytes(few),
    'summary in triangular form': summaryBytes(dependentKeys(600, 4, 5, 2 ** -12), { form: 'triangular' }),
    'summary, p = 3': summaryBytes(few, { p: 3, form: 'triangular' }),
    'summary, p = 1': summaryBytes(keys, { p: 1 }),
    'causal summary': summaryBytes(few, { policy: 'prefix' }),
  }
}
