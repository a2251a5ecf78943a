import { highF32, highF64, lowF32, lowF64 } from './lanes'

// Float32, 4 queries x 8 keys a tile. A NaN must pass: magnitudes are compared as integers, NaN being above 1.

/** Scratch: both sides packed. */
export function filter_scratch(queryCount: usize, keyCount: usize, dim: usize): f64 {
  return (<f64>((queryCount + 3) & ~3) + <f64>((keyCount + 7) & ~7)) * <f64>dim * 4
}

/** queries [queryCount, dim] into the scratch: panels [dim][4] f32, zeros where a query is missing. */
export function filter_pack_queries(queries: usize, queryCount: usize, dim: usize, scratch: usize): void {
  for (let q: usize = 0; q < queryCount; q += 4) {
    packLanes(queries + ((q * dim) << 2), scratch + ((q * dim) << 2), queryCount - q, dim, 16)
  }
}

/** keys [keyCount, dim] to panels [dim][8] f32, zeros where a key is missing. */
function packKeys(keys: usize, target: usize, keyCount: usize, dim: usize): void {
  for (let k: usize = 0; k < keyCount; k += 8) {
    const source = keys + ((k * dim) << 2)
    const panel = target + ((k * dim) << 2)
    packLanes(source, panel, keyCount - k, dim, 32)
    packLanes(source + (dim << 4), panel + 16, keyCount > k + 4 ? keyCount - k - 4 : 0, dim, 32)
  }
}

/** Up to 4 rows, transposed: column c goes to the 4 lanes at target + c * step. */
function packLanes(source: usize, target: usize, rowCount: usize, dim: usize, step: usize): void {
  let done: usize = 0
  if (rowCount >= 4) {
    done = dim & ~3
    for (let c: usize = 0; c < done; c += 4) transposeFour(source + (c << 2), target + c * step, dim << 2, step)
  }
  for (let c = done; c < dim; c++) {
    for (let t: usize = 0; t < 4; t++) {
      store<f32>(target + c * step + (t << 2), t < rowCount ? load<f32>(source + ((t * dim + c) << 2)) : 0)
    }
  }
}

// @ts-ignore: decorator
@inline
function transposeFour(source: usize, target: usize, rowStride: usize, step: usize): void {
  const a = v128.load(source)
  const b = v128.load(source + rowStride)
  const c = v128.load(source + 2 * rowStride)
  const d = v128.load(source + 3 * rowStride)
  const lowAB = lowF32(a, b)
  const lowCD = lowF32(c, d)
  const highAB = highF32(a, b)
  const highCD = highF32(c, d)
  v128.store(target, lowF64(lowAB, lowCD))
  v128.store(target + step, highF64(lowAB, lowCD))
  v128.store(target + 2 * step, lowF64(highAB, highCD))
  v128.store(target + 3 * step, highF64(highAB, highCD))
}

/**
 * Kernels.dotsAtLeastOne with the queries that were packed into the same scratch. `queryStart` and `keyStart`
 * are added to the pairs that it writes; returns their number.
 */
export function filter_dots(
  hits: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize,
  queryStart: u32, keyStart: u32, scratch: usize,
): u32 {
  const queryPanels = scratch
  const keyPanels = scratch + ((((queryCount + 3) & ~3) * dim) << 2)
  packKeys(keys, keyPanels, keyCount, dim)
  const start = hits
  for (let k: usize = 0; k < keyCount; k += 8) {
    for (let q: usize = 0; q < queryCount; q += 4) {
      let bits = filterTile(queryPanels + ((q * dim) << 2), keyPanels + ((k * dim) << 2), dim)
      if (bits == 0) continue
      if (q + 4 > queryCount || k + 8 > keyCount) bits &= present(queryCount - q, keyCount - k)
      while (bits) {
        const lane = ctz(bits)
        store<u32>(hits, queryStart + <u32>q + (lane >> 3))
        store<u32>(hits, keyStart + <u32>k + (lane & 7), 4)
        hits += 8
        bits &= bits - 1
      }
    }
  }
  return <u32>((hits - start) >> 3)
}

/** The bits of the pairs that exist in a tile at the edge. */
function present(queryCount: usize, keyCount: usize): u32 {
  let bits: u32 = 0
  const row = keyCount < 8 ? (1 << <u32>keyCount) - 1 : 0xff
  for (let q: u32 = 0; q < <u32>min(4, queryCount); q++) bits |= row << (q << 3)
  return bits
}

/** Bit 8q + k of the result: |dot(query q, key k)| >= 1 or NaN. queries [dim][4], keys [dim][8]. */
function filterTile(queries: usize, keys: usize, dim: usize): u32 {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0)
  const end = queries + (dim << 4)
  while (queries < end) {
    const b0 = v128.load(keys)
    const b1 = v128.load(keys, 16)
    let a = v128.load32_splat(queries)
    c00 = f32x4.add(c00, f32x4.mul(a, b0))
    c01 = f32x4.add(c01, f32x4.mul(a, b1))
    a = v128.load32_splat(queries, 4)
    c10 = f32x4.add(c10, f32x4.mul(a, b0))
    c11 = f32x4.add(c11, f32x4.mul(a, b1))
    a = v128.load32_splat(queries, 8)
    c20 = f32x4.add(c20, f32x4.mul(a, b0))
    c21 = f32x4.add(c21, f32x4.mul(a, b1))
    a = v128.load32_splat(queries, 12)
    c30 = f32x4.add(c30, f32x4.mul(a, b0))
    c31 = f32x4.add(c31, f32x4.mul(a, b1))
    queries += 16
    keys += 32
  }
  c00 = f32x4.abs(c00)
  c01 = f32x4.abs(c01)
  c10 = f32x4.abs(c10)
  c11 = f32x4.abs(c11)
  c20 = f32x4.abs(c20)
  c21 = f32x4.abs(c21)
  c30 = f32x4.abs(c30)
  c31 = f32x4.abs(c31)
  const largest = i32x4.max_s(
    i32x4.max_s(i32x4.max_s(c00, c01), i32x4.max_s(c10, c11)),
    i32x4.max_s(i32x4.max_s(c20, c21), i32x4.max_s(c30, c31)),
  )
  if (!v128.any_true(atLeastOne(largest))) return 0
  return (
    bits8(c00, c01) | (bits8(c10, c11) << 8) | (bits8(c20, c21) << 16) | (bits8(c30, c31) << 24)
  )
}

// @ts-ignore: decorator
@inline
/** Lanes whose magnitude, as float32 bits, is at least that of 1. */
function atLeastOne(magnitudes: v128): v128 {
  return i32x4.ge_s(magnitudes, i32x4.splat(0x3f800000))
}

// @ts-ignore: decorator
@inline
function bits8(low: v128, high: v128): u32 {
  return <u32>i32x4.bitmask(atLeastOne(low)) | (<u32>i32x4.bitmask(atLeastOne(high)) << 4)
}
