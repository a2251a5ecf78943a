import { EXP2, exp2 } from './exp2'

// One row of a step: the logits of one query and the keys of a block, from .. to - 1 in whole tiles of 8.

/** Bytes of a row of logits. */
export const LOGIT_ROW: usize = 1024
/** SOFTMAX_RAISE. */
const RAISE: f64 = 60

/** -inf where the query does not see: outside start .. end - 1, and where `mask` (0: none) is -inf. */
export function hideOutside(row: usize, from: usize, to: usize, start: usize, end: usize, mask: usize): void {
  if (start >= end) {
    start = to
    end = to
  }
  for (let k = from; k < start; k++) store<f32>(row + (k << 2), -Infinity)
  for (let k = end; k < to; k++) store<f32>(row + (k << 2), -Infinity)
  if (mask == 0) return
  for (let k = from << 2; k < to << 2; k += 16) {
    v128.store(row + k, f32x4.pmin(v128.load(row + k), v128.load(mask + k)))
  }
}

/** The largest logit; -inf where nothing is visible. */
export function topOf(row: usize, from: usize, to: usize): f32 {
  let top = f32x4.splat(-Infinity)
  let other = top
  for (let k = from << 2; k < to << 2; k += 32) {
    top = f32x4.pmax(top, v128.load(row + k))
    other = f32x4.pmax(other, v128.load(row + k, 16))
  }
  top = f32x4.pmax(top, other)
  const low = larger(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1))
  return larger(low, larger(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)))
}

// @ts-ignore: decorator
@inline
function larger(a: f32, b: f32): f32 {
  return a < b ? b : a
}

/**
 * The row's shift, raised to ceil(top) where that is more than 60 octaves above or the row has seen nothing: total and sums
 * [valueDim] are then multiplied with the power of two that this takes.
 */
export function raise(top: f32, shift: usize, total: usize, sums: usize, valueDim: usize): f32 {
  const before = load<f64>(shift)
  if (!(<f64>top > before + RAISE)) return <f32>before
  const after = Math.ceil(<f64>top)
  const factor = powerOfTwo(before - after)
  store<f64>(shift, after)
  store<f64>(total, load<f64>(total) * factor)
  for (let c: usize = 0; c < valueDim; c++) store<f64>(sums + (c << 3), load<f64>(sums + (c << 3)) * factor)
  return <f32>after
}

/** 2^exponent for a whole number <= 1023 or -inf; not below 2^-1022. */
function powerOfTwo(exponent: f64): f64 {
  return reinterpret<f64>(<u64>(<i64>max<f64>(exponent, -1022) + 1023) << 52)
}

/** Σ 2^(logit - shift). */
export function sumWeights(row: usize, from: usize, to: usize, shift: f32): f64 {
  return weigh(row, from, to, shift, false)
}

/** The same; the weights take the logits' place. */
export function keepWeights(row: usize, from: usize, to: usize, shift: f32): f64 {
  return weigh(row, from, to, shift, true)
}

// @ts-ignore: decorator
@inline
/** Eights are folded to fours, these added up in four lanes, and those, in float64, to one. */
function weigh(row: usize, from: usize, to: usize, shift: f32, keep: bool): f64 {
  const s = f32x4.splat(shift)
  const c5 = v128.load32_splat(EXP2), c4 = v128.load32_splat(EXP2, 4), c3 = v128.load32_splat(EXP2, 8)
  const c2 = v128.load32_splat(EXP2, 12), c1 = v128.load32_splat(EXP2, 16), c0 = v128.load32_splat(EXP2, 20)
  const rounder = v128.load32_splat(EXP2, 24)
  const least = v128.load32_splat(EXP2, 28)
  let four = f32x4.splat(0)
  for (let k = from << 2; k < to << 2; k += 32) {
    const low = exp2(f32x4.sub(v128.load(row + k), s), c5, c4, c3, c2, c1, c0, rounder, least)
    const high = exp2(f32x4.sub(v128.load(row + k, 16), s), c5, c4, c3, c2, c1, c0, rounder, least)
    four = f32x4.add(four, f32x4.add(low, high))
    if (keep) {
      v128.store(row + k, low)
      v128.store(row + k, high, 16)
    }
  }
  const two = <f64>f32x4.extract_lane(four, 0) + <f64>f32x4.extract_lane(four, 1)
  return two + <f64>f32x4.extract_lane(four, 2) + <f64>f32x4.extract_lane(four, 3)
}

/**
 * The visible keys with logit - shift >= log2 total + threshold, or where `absolute` is not 0 with logit - shift >= threshold -
 * shift, as query, keyStart + key, logit; returns how many.
 */
export function writeHits(
  row: usize, from: usize, to: usize, shift: f32, top: f32, total: f64, threshold: f64, absolute: u32,
  hitQueries: usize, hitKeys: usize, hitLogits: usize, query: u32, keyStart: u32,
): u32 {
  // log2 total, rounded down: most rows have nothing even so, and need no logarithm.
  const least = absolute ? threshold - <f64>shift : <f64>exponentOf(total) + threshold
  if (!(top - shift >= <f32>least)) return 0
  // Not below the least float32: -inf is no hit.
  const exact = absolute ? least : log2(total) + threshold
  const limit = f32x4.splat(max<f32>(<f32>exact, -f32.MAX_VALUE))
  const s = f32x4.splat(shift)
  let at: usize = 0
  for (let k = from; k < to; k += 4) {
    let bits = i32x4.bitmask(f32x4.ge(f32x4.sub(v128.load(row + (k << 2)), s), limit))
    while (bits) {
      const key = k + <usize>ctz(bits)
      store<u32>(hitQueries + at, query)
      store<u32>(hitKeys + at, keyStart + <u32>key)
      store<f32>(hitLogits + at, load<f32>(row + (key << 2)))
      at += 4
      bits &= bits - 1
    }
  }
  return <u32>(at >> 2)
}

// @ts-ignore: decorator
@inline
function exponentOf(value: f64): i32 {
  return <i32>((reinterpret<u64>(value) >> 52) & 0x7ff) - 1023
}

/** log2 of a normal number > 0, within 1e-12: softmax-by.ts says how. */
function log2(value: f64): f64 {
  let exponent = exponentOf(value)
  let m = reinterpret<f64>((reinterpret<u64>(value) & 0xf_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000)
  if (m > 1.4142135623730951) {
    m *= 0.5
    exponent++
  }
  const s = (m - 1) / (m + 1)
  const t = s * s
  let p: f64 = 0.22195308321368667
  p = p * t + 0.2623081892525388
  p = p * t + 0.3205988979753252
  p = p * t + 0.4121985831111324
  p = p * t + 0.5770780163555853
  p = p * t + 0.9617966939259756
  p = p * t + 2.8853900817779268
  return <f64>exponent + s * p
}
