import { lowF64, promoteHigh } from './lanes'

// What is made of every number of a head: see scalar-heads.ts.

/** out = factor from, in float64, then rounded; f32 to f32. */
export function scaleSingles(out: usize, from: usize, count: usize, factor: f64): void {
  const f = f64x2.splat(factor)
  const wide = count & ~3
  for (let i: usize = 0; i < wide << 2; i += 16) {
    const four = v128.load(from + i)
    v128.store(out + i, rounded(f64x2.mul(f64x2.promote_low_f32x4(four), f), f64x2.mul(promoteHigh(four), f)))
  }
  for (let i = wide; i < count; i++) store<f32>(out + (i << 2), <f32>(factor * <f64>load<f32>(from + (i << 2))))
}

/** The same, f64 to f32. */
export function scaleDoubles(out: usize, from: usize, count: usize, factor: f64): void {
  const f = f64x2.splat(factor)
  const wide = count & ~3
  for (let i: usize = 0; i < wide << 2; i += 16) {
    const at = from + (i << 1)
    v128.store(out + i, rounded(f64x2.mul(v128.load(at), f), f64x2.mul(v128.load(at, 16), f)))
  }
  for (let i = wide; i < count; i++) store<f32>(out + (i << 2), <f32>(factor * load<f64>(from + (i << 3))))
}

/** sums and output [rows, width] = sums / totals; 0 where a total is. */
export function outputsOf(output: usize, sums: usize, totals: usize, rows: usize, width: usize): void {
  const wide = width & ~3
  for (let q: usize = 0; q < rows; q++) {
    const total = load<f64>(totals + (q << 3))
    // A row without weights has sums of 0.
    const t = total == 0 ? <f64>1 : total
    const two = f64x2.splat(t)
    for (let c: usize = 0; c < wide; c += 4) {
      const at = sums + (c << 3)
      const low = f64x2.div(v128.load(at), two)
      const high = f64x2.div(v128.load(at, 16), two)
      v128.store(at, low)
      v128.store(at, high, 16)
      v128.store(output + (c << 2), rounded(low, high))
    }
    for (let c = wide; c < width; c++) {
      const value = load<f64>(sums + (c << 3)) / t
      store<f64>(sums + (c << 3), value)
      store<f32>(output + (c << 2), <f32>value)
    }
    sums += width << 3
    output += width << 2
  }
}

/** means [rows] = <dOutput, output> of each row, the columns ascending; two rows at a time, whose sums hide each other's latency. */
export function meansOf(means: usize, dOutput: usize, output: usize, rows: usize, width: usize): void {
  const next = rows > 1 ? width : 0
  for (let q: usize = 0; q < rows; q += 2) {
    const step = q + 1 < rows ? next : 0
    let s0: f64 = 0
    let s1: f64 = 0
    for (let c: usize = 0; c < width; c++) {
      s0 += <f64>load<f32>(dOutput + (c << 2)) * load<f64>(output + (c << 3))
      s1 += <f64>load<f32>(dOutput + ((c + step) << 2)) * load<f64>(output + ((c + step) << 3))
    }
    store<f64>(means + (q << 3), s0)
    if (step) store<f64>(means + (q << 3), s1, 8)
    dOutput += width << 3
    output += width << 4
  }
}

// @ts-ignore: decorator
@inline
function rounded(low: v128, high: v128): v128 {
  return lowF64(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high))
}
