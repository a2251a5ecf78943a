import type { Floats } from '@levattention/core'
import type { Layers } from './layers.ts'

const LEAST_VARIANCE = 1e-5
const LEAST_DEVIATION = 1e-8
const [LINEAR, CUBIC] = [2 * Math.sqrt(2 / Math.PI), 2 * Math.sqrt(2 / Math.PI) * 0.044715]

/** In plain loops, by default in float64: what the others are held against. */
export function scalarLayers<F extends Floats = Float64Array>(
  array: (length: number) => F = (length) => new Float64Array(length) as F,
): Layers<F> {
  return {
    array,
    multiply(out, a, b, { rows, cols, inner, adds = false, aIsTurned = false, bIsTurned = false }) {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < cols; j++) {
          let sum = adds ? out[i * cols + j] : 0
          for (let k = 0; k < inner; k++)
            sum += a[aIsTurned ? k * rows + i : i * inner + k] * b[bIsTurned ? j * inner + k : k * cols + j]
          out[i * cols + j] = sum
        }
    },
    add: (into, x) => into.forEach((_, i) => (into[i] += x[i])),
    setRows(x, row, rows) {
      for (let r = 0; r < rows; r++) x.set(row, r * row.length)
    },
    addRow(x, row, rows) {
      for (let i = 0; i < rows * row.length; i++) x[i] += row[i % row.length]
    },
    addColumnSums(sums, x, rows) {
      for (let i = 0; i < rows * sums.length; i++) sums[i % sums.length] += x[i]
    },
    ...scalarNorm(),
    gelu: (out, x) => x.forEach((value, i) => (out[i] = value * sigmoid(value))),
    geluGradient: (d, x) =>
      x.forEach((value, i) => {
        const s = sigmoid(value)
        d[i] *= s * (1 + value * (1 - s) * (LINEAR + 3 * CUBIC * value * value))
      }),
    sumOfSquares(x, factor) {
      let sum = 0
      for (const value of x) sum += (factor * value) ** 2
      return sum
    },
    adam(weights, gradient, moments, squares, { factor, rate, beta1, beta2, first, second, decay }) {
      for (let i = 0; i < weights.length; i++) {
        const g = factor * gradient[i]
        moments[i] = beta1 * moments[i] + (1 - beta1) * g
        squares[i] = beta2 * squares[i] + (1 - beta2) * g * g
        const step = moments[i] / first / (Math.sqrt(squares[i] / second) + LEAST_DEVIATION)
        weights[i] -= rate * (step + decay * weights[i])
      }
    },
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x * (LINEAR + CUBIC * x * x)))
}

function scalarNorm<F extends Floats>(): Pick<Layers<F>, 'layerNorm' | 'layerNormGradient'> {
  return {
    layerNorm(out, stats, x, { gain, bias }, rows) {
      const cols = gain.length
      for (let r = 0; r < rows; r++) {
        let [mean, variance] = [0, 0]
        for (let c = 0; c < cols; c++) mean += x[r * cols + c] / cols
        for (let c = 0; c < cols; c++) variance += (x[r * cols + c] - mean) ** 2 / cols
        const inverse = 1 / Math.sqrt(variance + LEAST_VARIANCE)
        for (let c = 0; c < cols; c++)
          out[r * cols + c] = (x[r * cols + c] - mean) * inverse * gain[c] + bias[c]
        stats[2 * r] = mean
        stats[2 * r + 1] = inverse
      }
    },
    layerNormGradient(dx, d, dy, stats, x, gain, rows) {
      const cols = gain.length
      for (let r = 0; r < rows; r++) {
        const [mean, inverse] = [stats[2 * r], stats[2 * r + 1]]
        const normal = (c: number) => (x[r * cols + c] - mean) * inverse
        let [plain, along] = [0, 0]
        for (let c = 0; c < cols; c++) {
          const slope = dy[r * cols + c]
          d.gain[c] += slope * normal(c)
          d.bias[c] += slope
          plain += (slope * gain[c]) / cols
          along += (slope * gain[c] * normal(c)) / cols
        }
        for (let c = 0; c < cols; c++)
          dx[r * cols + c] += inverse * (dy[r * cols + c] * gain[c] - plain - normal(c) * along)
      }
    },
  }
}
