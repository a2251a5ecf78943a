import { philox4x32 } from '@levattention/core/internal'

/** What a draw is for: draws for different purposes are independent. Numbers are for ever: recorded weights depend on them. */
const PURPOSES = { weights: 1000, order: 1001, flips: 1002, shifts: 1003, checks: 1004 } as const

/** Numbers of one seed and purpose, each a function of its index alone: no order, thread or restart shows in them. */
export class Draws {
  readonly #seed: number
  readonly #purpose: number
  readonly #block = new Uint32Array(4)

  constructor(seed: number, purpose: keyof typeof PURPOSES) {
    this.#seed = seed
    this.#purpose = PURPOSES[purpose]
  }

  /** In (0, 1); `draw`: which of several of one index. */
  uniform(index: number, draw = 0): number {
    this.#words(index, draw)
    return ((this.#block[0] >>> 6) * 2 ** 26 + (this.#block[1] >>> 6) + 0.5) * 2 ** -52
  }

  /** Standard normal (Box and Muller 1958). */
  normal(index: number): number {
    this.#words(index, 0)
    const radius = Math.sqrt(-2 * Math.log((this.#block[0] + 0.5) * 2 ** -32))
    return radius * Math.cos(2 * Math.PI * (this.#block[1] + 0.5) * 2 ** -32)
  }

  /** 0 .. count - 1 in an order of its own for each `round`. */
  order(count: number, round: number): Uint32Array {
    const keys = Float64Array.from({ length: count }, (_, i) => this.uniform(i, round))
    return Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => keys[a] - keys[b] || a - b)
  }

  #words(index: number, draw: number): void {
    const high = Math.floor(index / 2 ** 32)
    philox4x32(this.#block, 0, draw, index | 0, high, this.#purpose, this.#seed | 0, 0)
  }
}
