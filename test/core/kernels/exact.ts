// Exact arithmetic on float64 values: integers in units of 2^-1074, the smallest float64. A product of j values is
// in units of 2^(-1074 j). It shares nothing with the kernels: no float64 operation is made here.

const UNIT_BITS = 1074n
const view = new DataView(new ArrayBuffer(8))

/** A finite float64 in units of 2^-1074. */
export function exact(value: number): bigint {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = (bits >> 52n) & 0x7ffn
  const fraction = bits & 0xf_ffff_ffff_ffffn
  if (exponent === 0x7ffn) throw new Error(`exact(${value}): not finite`)
  const units = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return bits >> 63n === 0n ? units : -units
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

/** A sum of products of `factors` values, with the sum of their magnitudes. */
export class ExactSum {
  readonly #factors: bigint
  sum = 0n
  magnitudes = 0n

  constructor(factors: number) {
    this.#factors = BigInt(factors)
  }

  add(...values: number[]): this {
    const missing = this.#factors - BigInt(values.length)
    const product = values.map(exact).reduce((a, b) => a * b) << (UNIT_BITS * missing)
    this.sum += product
    this.magnitudes += magnitude(product)
    return this
  }

  /** The distance of `computed` from the sum. */
  error(computed: number): bigint {
    return magnitude((exact(computed) << this.#scale) - this.sum)
  }

  /** Is |computed - sum| <= gamma_k Σ|terms| + k 2^-1074 (the last for products that are subnormal)? */
  within(computed: number, k: number): boolean {
    const u = 2n ** 53n
    return this.error(computed) * (u - BigInt(k)) <= BigInt(k) * (this.magnitudes + (u << this.#scale))
  }

  /** Is |computed - sum| <= u |sum| + gamma_k² Σ|terms| + 5 k 2^-1074 (compensated sums of products)? */
  withinCompensated(computed: number, k: number): boolean {
    const u = 2n ** 53n
    const rest = u - BigInt(k)
    const bound = magnitude(this.sum) * rest * rest + u * BigInt(k * k) * this.magnitudes
    const subnormal = (BigInt(5 * k) << this.#scale) * u * rest * rest
    return this.error(computed) * u * rest * rest <= bound + subnormal
  }

  get #scale(): bigint {
    return UNIT_BITS * (this.#factors - 1n)
  }
}
