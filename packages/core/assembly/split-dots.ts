import { packRows } from './pack-rows'

// Compensated dots: each value x travels with its halves, x = high + low, 26 bits each (Veltkamp), so that the
// error of a product is exact float64 arithmetic (Dekker).

/** 2^27 + 1 */
const SPLITTER: f64 = 134217729

// @ts-ignore: decorator
@inline
function highHalf(x: v128): v128 {
  const scaled = f64x2.mul(f64x2.splat(SPLITTER), x)
  return f64x2.sub(scaled, f64x2.sub(scaled, x))
}

/** Scratch: a panel of keys, the same split, the split queries; never less than 4 dots. */
export function split_scratch(queryCount: usize, dim: usize): f64 {
  return (<f64>queryCount + 4) * <f64>dim * 32 + 32
}

/** queries [queryCount, dim] into the scratch: [queryCount][dim][value, high, low, unused] f64. */
export function split_pack_queries(queries: usize, queryCount: usize, dim: usize, scratch: usize): void {
  let target = splitQueries(dim, scratch)
  const end = queries + ((queryCount * dim) << 3)
  while (queries < end) {
    const value = v128.load64_splat(queries)
    const high = highHalf(value)
    v128.store64_lane(target, value, 0)
    v128.store64_lane(target, high, 0, 8)
    v128.store64_lane(target, f64x2.sub(value, high), 0, 16)
    queries += 8
    target += 32
  }
}

// @ts-ignore: decorator
@inline
function splitQueries(dim: usize, scratch: usize): usize {
  return scratch + (dim << 7)
}

/**
 * Kernels.compensatedDots with the queries that were packed into the same scratch; rows of out
 * [queryCount, keyCount] are `outStride` bytes apart.
 */
export function split_dots_f32(
  out: usize, outStride: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize, scratch: usize,
): void {
  splitDots<f32>(out, outStride, queryCount, keys, keyCount, dim, scratch)
}

export function split_dots_f64(
  out: usize, outStride: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize, scratch: usize,
): void {
  splitDots<f64>(out, outStride, queryCount, keys, keyCount, dim, scratch)
}

function splitDots<T>(
  out: usize, outStride: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize, scratch: usize,
): void {
  const queries = splitQueries(dim, scratch)
  const panel = scratch + (dim << 5)
  for (let k: usize = 0; k < keyCount; k += 4) {
    packRows<T>(keys + k * dim * sizeof<T>(), scratch, keyCount - k, dim, dim * sizeof<T>())
    splitPanel(scratch, panel, dim)
    for (let q: usize = 0; q < queryCount; q++) {
      const at = out + q * outStride + (k << 3)
      const query = queries + ((q * dim) << 5)
      if (k + 4 <= keyCount) {
        fourDots(at, query, panel, dim)
      } else {
        fourDots(scratch, query, panel, dim)
        memory.copy(at, scratch, (keyCount - k) << 3)
      }
    }
  }
}

/** Up to 4 keys [dim][4] f64 to [dim][values, highs, lows][4]. */
function splitPanel(panel: usize, target: usize, dim: usize): void {
  for (let a: usize = 0; a < dim; a++) {
    splitPair(panel, target)
    splitPair(panel + 16, target + 16)
    panel += 32
    target += 96
  }
}

// @ts-ignore: decorator
@inline
function splitPair(source: usize, target: usize): void {
  const value = v128.load(source)
  const high = highHalf(value)
  v128.store(target, value)
  v128.store(target, high, 32)
  v128.store(target, f64x2.sub(value, high), 64)
}

/** out [4] = dots of one split query with a panel of 4 split keys; `s` are the sums, `c` their errors. */
function fourDots(out: usize, query: usize, panel: usize, dim: usize): void {
  let s0 = f64x2.splat(0), s1 = f64x2.splat(0)
  let c0 = f64x2.splat(0), c1 = f64x2.splat(0)
  const end = query + (dim << 5)
  while (query < end) {
    const x = v128.load64_splat(query)
    const high = v128.load64_splat(query, 8)
    const low = v128.load64_splat(query, 16)
    let product = f64x2.mul(x, v128.load(panel))
    let next = f64x2.add(s0, product)
    let error = productError(product, high, low, panel)
    c0 = f64x2.add(c0, f64x2.add(sumError(s0, product, next), error))
    s0 = next
    product = f64x2.mul(x, v128.load(panel, 16))
    next = f64x2.add(s1, product)
    error = productError(product, high, low, panel + 16)
    c1 = f64x2.add(c1, f64x2.add(sumError(s1, product, next), error))
    s1 = next
    query += 32
    panel += 96
  }
  v128.store(out, f64x2.add(s0, c0))
  v128.store(out, f64x2.add(s1, c1), 16)
}

// @ts-ignore: decorator
@inline
/** a + b - sum, exactly (Knuth's TwoSum). */
function sumError(a: v128, b: v128, sum: v128): v128 {
  const bPart = f64x2.sub(sum, a)
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, bPart)), f64x2.sub(b, bPart))
}

// @ts-ignore: decorator
@inline
/** x y - product, exactly (Dekker's TwoProduct), from the halves of both. */
function productError(product: v128, high: v128, low: v128, panel: usize): v128 {
  const yHigh = v128.load(panel, 32)
  const yLow = v128.load(panel, 64)
  const rest = f64x2.sub(f64x2.sub(product, f64x2.mul(high, yHigh)), f64x2.mul(low, yHigh))
  return f64x2.sub(f64x2.mul(low, yLow), f64x2.sub(rest, f64x2.mul(high, yLow)))
}
