// Layer normalisation of rows (Ba, Kiros and Hinton 2016): y = gain (x - mean) / sqrt(variance + 1e-5) + bias.
import { lanes } from './lanes'

const LEAST_VARIANCE: f32 = 1e-5

/** out [rows, cols] of x [rows, cols]; stats [rows, 2]: mean and 1 / deviation of each row. */
export function layer_norm(
  out: usize, stats: usize, x: usize, gain: usize, bias: usize, rows: usize, cols: usize,
): void {
  const wide = cols & ~3
  for (let r: usize = 0; r < rows; r++) {
    const row = x + ((r * cols) << 2)
    const target = out + ((r * cols) << 2)
    let sums = f32x4.splat(0)
    for (let i: usize = 0; i < wide; i += 4) sums = f32x4.add(sums, v128.load(row + (i << 2)))
    let sum = lanes(sums)
    for (let i = wide; i < cols; i++) sum += load<f32>(row + (i << 2))
    const mean = sum / (cols as f32)
    const means = f32x4.splat(mean)
    let squares = f32x4.splat(0)
    for (let i: usize = 0; i < wide; i += 4) {
      const centred = f32x4.sub(v128.load(row + (i << 2)), means)
      squares = f32x4.add(squares, f32x4.mul(centred, centred))
    }
    let square = lanes(squares)
    for (let i = wide; i < cols; i++) {
      const centred = load<f32>(row + (i << 2)) - mean
      square += centred * centred
    }
    const inverse: f32 = (1 as f32) / Mathf.sqrt(square / (cols as f32) + LEAST_VARIANCE)
    const inverses = f32x4.splat(inverse)
    for (let i: usize = 0; i < wide; i += 4) {
      const at = i << 2
      const normal = f32x4.mul(f32x4.sub(v128.load(row + at), means), inverses)
      v128.store(target + at, f32x4.add(f32x4.mul(normal, v128.load(gain + at)), v128.load(bias + at)))
    }
    for (let i = wide; i < cols; i++) {
      const at = i << 2
      const normal = (load<f32>(row + at) - mean) * inverse
      store<f32>(target + at, normal * load<f32>(gain + at) + load<f32>(bias + at))
    }
    store<f32>(stats + (r << 3), mean)
    store<f32>(stats + (r << 3), inverse, 4)
  }
}

/**
 * dx += what dy [rows, cols] = dL/dout says of x, dGain and dBias [cols] += what it says of these: with n = (x - mean) / deviation and
 * w = gain dy, dx = (w - mean(w) - n mean(w n)) / deviation.
 */
export function layer_norm_gradient(
  dx: usize, dGain: usize, dBias: usize, dy: usize, stats: usize, x: usize, gain: usize, rows: usize, cols: usize,
): void {
  const wide = cols & ~3
  for (let r: usize = 0; r < rows; r++) {
    const start = (r * cols) << 2
    const mean = load<f32>(stats + (r << 3)), inverse = load<f32>(stats + (r << 3), 4)
    const means = f32x4.splat(mean), inverses = f32x4.splat(inverse)
    let plain = f32x4.splat(0), along = f32x4.splat(0)
    for (let i: usize = 0; i < wide; i += 4) {
      const at = i << 2
      const normal = f32x4.mul(f32x4.sub(v128.load(x + start + at), means), inverses)
      const d = v128.load(dy + start + at)
      v128.store(dGain + at, f32x4.add(v128.load(dGain + at), f32x4.mul(d, normal)))
      v128.store(dBias + at, f32x4.add(v128.load(dBias + at), d))
      const w = f32x4.mul(d, v128.load(gain + at))
      plain = f32x4.add(plain, w)
      along = f32x4.add(along, f32x4.mul(w, normal))
    }
    let plainSum = lanes(plain), alongSum = lanes(along)
    for (let i = wide; i < cols; i++) {
      const at = i << 2
      const normal = (load<f32>(x + start + at) - mean) * inverse
      const d = load<f32>(dy + start + at)
      store<f32>(dGain + at, load<f32>(dGain + at) + d * normal)
      store<f32>(dBias + at, load<f32>(dBias + at) + d)
      const w = d * load<f32>(gain + at)
      plainSum += w
      alongSum += w * normal
    }
    const plainMean = plainSum / (cols as f32), alongMean = alongSum / (cols as f32)
    const plainMeans = f32x4.splat(plainMean), alongMeans = f32x4.splat(alongMean)
    for (let i: usize = 0; i < wide; i += 4) {
      const at = i << 2
      const normal = f32x4.mul(f32x4.sub(v128.load(x + start + at), means), inverses)
      const w = f32x4.mul(v128.load(dy + start + at), v128.load(gain + at))
      const d = f32x4.sub(f32x4.sub(w, plainMeans), f32x4.mul(normal, alongMeans))
      v128.store(dx + start + at, f32x4.add(v128.load(dx + start + at), f32x4.mul(inverses, d)))
    }
    for (let i = wide; i < cols; i++) {
      const at = i << 2
      const normal = (load<f32>(x + start + at) - mean) * inverse
      const w = load<f32>(dy + start + at) * load<f32>(gain + at)
      store<f32>(dx + start + at, load<f32>(dx + start + at) + inverse * (w - plainMean - normal * alongMean))
    }
  }
}
