/** See Kernels.dotsAtLeastOne. */
export function dotsAtLeastOne(
  hits: Uint32Array,
  queries: Float32Array,
  queryCount: number,
  keys: Float32Array,
  keyCount: number,
  dim: number,
): number {
  let hitCount = 0
  for (let q = 0; q < queryCount; q++) {
    for (let k = 0; k < keyCount; k++) {
      // Negated, so that a NaN is a hit.
      if (Math.abs(dotF32(queries, q * dim, keys, k * dim, dim)) < 1) continue
      hits[2 * hitCount] = q
      hits[2 * hitCount + 1] = k
      hitCount++
    }
  }
  return hitCount
}

/** <query, key> in float32, from 0, ascending. Both start at their offsets. */
export function dotF32(
  queries: Float32Array,
  queryOffset: number,
  keys: Float32Array,
  keyOffset: number,
  dim: number,
): number {
  let sum = 0
  for (let a = 0; a < dim; a++) {
    sum = Math.fround(sum + Math.fround(queries[queryOffset + a] * keys[keyOffset + a]))
  }
  return sum
}

/** See Kernels.compensatedDots. */
export function compensatedDots(
  out: Float64Array,
  queries: Float64Array,
  queryCount: number,
  keys: Float32Array | Float64Array,
  keyCount: number,
  dim: number,
): void {
  for (let q = 0; q < queryCount; q++) {
    for (let k = 0; k < keyCount; k++) {
      out[q * keyCount + k] = dot2(queries, q * dim, keys, k * dim, dim)
    }
  }
}

function dot2(
  queries: Float64Array,
  queryOffset: number,
  keys: Float32Array | Float64Array,
  keyOffset: number,
  dim: number,
): number {
  let sum = 0
  let compensation = 0
  for (let a = 0; a < dim; a++) {
    const x = queries[queryOffset + a]
    const y = keys[keyOffset + a]
    const product = x * y
    const next = sum + product
    compensation += twoSumError(sum, product, next) + twoProductError(x, y, product)
    sum = next
  }
  return sum + compensation
}

/** a + b - sum, exactly (Knuth). */
function twoSumError(a: number, b: number, sum: number): number {
  const bPart = sum - a
  return a - (sum - bPart) + (b - bPart)
}

/** x y - product, exactly (Dekker), while nothing overflows and nothing that matters is subnormal. */
function twoProductError(x: number, y: number, product: number): number {
  const xHigh = highHalf(x)
  const xLow = x - xHigh
  const yHigh = highHalf(y)
  const yLow = y - yHigh
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow)
}

/** 2^27 + 1: Veltkamp's splitter of a 53-bit significand. */
const SPLITTER = 134_217_729

function highHalf(x: number): number {
  const scaled = SPLITTER * x
  return scaled - (scaled - x)
}
