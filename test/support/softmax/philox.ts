/** Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011) in big integers, and the draws made of it: addressed by (seed, purpose, index). */

const MASK = 0xffffffffn
const PURPOSES = { sampledQueries: 5n, selectionRandom: 40n, selectionQueries: 41n, selectionClusters: 42n }
export type OraclePurpose = keyof typeof PURPOSES

type Words = readonly [bigint, bigint, bigint, bigint]

export function philoxWords(counter: Words, key: readonly [bigint, bigint]): Words {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const left = c0 * 0xd2511f53n
    const right = c2 * 0xcd9e8d57n
    ;[c0, c1, c2, c3] = [(right >> 32n) ^ c1 ^ k0, right & MASK, (left >> 32n) ^ c3 ^ k1, left & MASK]
    k0 = (k0 + 0x9e3779b9n) & MASK
    k1 = (k1 + 0xbb67ae85n) & MASK
  }
  return [c0, c1, c2, c3]
}

/** In (0, 1), one of 2^52; `block` tells apart several draws of one index. */
export function uniformDraw(seed: number, purpose: OraclePurpose, index: number, block = 0): number {
  const [low, high] = [BigInt(index) & MASK, BigInt(index) >> 32n]
  const key = [BigInt(seed) & MASK, BigInt(seed) >> 32n] as const
  const [w0, w1] = philoxWords([BigInt(block), low, high, PURPOSES[purpose]], key)
  return (Number(w0 >> 6n) * 2 ** 26 + Number(w1 >> 6n) + 0.5) * 2 ** -52
}

export function drawBelow(end: number, seed: number, purpose: OraclePurpose, index: number): number {
  return Math.min(end - 1, Math.floor(uniformDraw(seed, purpose, index) * end))
}

/** `count` different numbers below `end`, ascending (Floyd). */
export function drawSorted(count: number, end: number, seed: number, purpose: OraclePurpose): number[] {
  const chosen = new Set<number>()
  for (let step = 0; step < count; step++) {
    const last = end - count + step
    const drawn = drawBelow(last + 1, seed, purpose, step)
    chosen.add(chosen.has(drawn) ? last : drawn)
  }
  return [...chosen].sort((a, b) => a - b)
}
