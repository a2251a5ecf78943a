// Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019).

const LEAST_DEVIATION: f32 = 1e-8

/**
 * One step of weights [count] with the gradient factor · gradient, moments [count] each: w -= rate ((m / first) / (sqrt(v / second) +
 * 1e-8) + rate decay w. `first`, `second`: 1 - beta^step.
 */
export function adam(
  weights: usize, gradient: usize, moments: usize, squares: usize, count: usize,
  factor: f32, rate: f32, beta1: f32, beta2: f32, first: f32, second: f32, decay: f32,
): void {
  for (let i: usize = 0; i < count; i++) {
    const at = i << 2
    const g = factor * load<f32>(gradient + at)
    const m = beta1 * load<f32>(moments + at) + ((1 as f32) - beta1) * g
    const v = beta2 * load<f32>(squares + at) + ((1 as f32) - beta2) * g * g
    store<f32>(moments + at, m)
    store<f32>(squares + at, v)
    const w = load<f32>(weights + at)
    const step = m / first / (Mathf.sqrt(v / second) + LEAST_DEVIATION)
    store<f32>(weights + at, w - rate * (step + decay * w))
  }
}
