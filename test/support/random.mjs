// @ts-check
/** A small deterministic generator (mulberry32): the same numbers at every run and on every machine. */
export class Random {
  /** @type {number} */
  #state

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed | 0
  }

  /** Uniform in (0, 1). */
  uniform() {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32
  }

  /**
   * An integer in [0, end).
   * @param {number} end
   */
  below(end) {
    return Math.floor(this.uniform() * end)
  }

  normal() {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }
}
