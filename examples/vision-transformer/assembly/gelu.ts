// GELU in its tanh form (Hendrycks and Gimpel 2016): x s with s = 1 / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x³).
import { exponential } from './exponential'

/** -2 sqrt(2/pi) */
const LINEAR: f32 = -1.5957691216
/** -2 sqrt(2/pi) 0.044715 */
const CUBIC: f32 = -0.0713548162726

// @ts-ignore: decorator
@inline
function sigmoid(x: v128, square: v128): v128 {
  const slope = f32x4.add(f32x4.splat(LINEAR), f32x4.mul(f32x4.splat(CUBIC), square))
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exponential(f32x4.mul(x, slope))))
}

// @ts-ignore: decorator
@inline
function value(x: v128): v128 {
  return f32x4.mul(x, sigmoid(x, f32x4.mul(x, x)))
}

// @ts-ignore: decorator
@inline
/** s (1 + x (1 - s) 2u'). */
function slope(x: v128): v128 {
  const square = f32x4.mul(x, x)
  const s = sigmoid(x, square)
  const inner = f32x4.add(f32x4.splat(-LINEAR), f32x4.mul(f32x4.splat(-3 * CUBIC), square))
  const grown = f32x4.mul(f32x4.mul(x, f32x4.sub(f32x4.splat(1), s)), inner)
  return f32x4.mul(s, f32x4.add(f32x4.splat(1), grown))
}

/** out [count] = gelu(x [count]). */
export function gelu(out: usize, x: usize, count: usize): void {
  const wide = count & ~3
  for (let i: usize = 0; i < wide; i += 4) v128.store(out + (i << 2), value(v128.load(x + (i << 2))))
  for (let i = wide; i < count; i++) store<f32>(out + (i << 2), f32x4.extract_lane(value(v128.load32_splat(x + (i << 2))), 0))
}

/** d [count] *= gelu'(x [count]). */
export function gelu_gradient(d: usize, x: usize, count: usize): void {
  const wide = count & ~3
  for (let i: usize = 0; i < wide; i += 4) {
    const at = d + (i << 2)
    v128.store(at, f32x4.mul(v128.load(at), slope(v128.load(x + (i << 2)))))
  }
  for (let i = wide; i < count; i++) {
    const at = d + (i << 2)
    store<f32>(at, load<f32>(at) * f32x4.extract_lane(slope(v128.load32_splat(x + (i << 2))), 0))
  }
}
