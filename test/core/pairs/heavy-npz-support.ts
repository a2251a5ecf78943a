/** Heavy pairs as .npz, with the limits at which its records change. */
import fs from 'node:fs'
import { openHeavyNpz, type HeavyNpzLimits } from '@levattention/core/internal'
import { expect } from 'vitest'
import { addAll, pairsOf, type HeavyCase } from './heavy-support.ts'

export const META = { p: 2, epsilon: 0.01, causal: false, attention: '|q.k|^2 · ü' }

const MAX_32 = 0xffffffff

export const LIMITS: Record<string, HeavyNpzLimits> = {
  usual: { int64From: 2 ** 31, zip64FromBytes: MAX_32 },
  'int64 indices': { int64From: 1, zip64FromBytes: MAX_32 },
  'zip64 everywhere': { int64From: 2 ** 31, zip64FromBytes: 0 },
  'zip64 for later members only': { int64From: 2 ** 31, zip64FromBytes: 600 },
}

export async function write(path: string, heavy: HeavyCase, limits = LIMITS.usual): Promise<Buffer> {
  const sink = openHeavyNpz(path, { n: heavy.n, m: heavy.rows.length, force: true }, limits)
  await addAll(sink, heavy)
  expect(sink.pairCount).toBe(pairsOf(heavy).length)
  await sink.finish(META)
  return fs.readFileSync(path)
}
