/**
 * Merges parts in the plan's tree of fan-in F as they arrive in order: parts 0..F-1 are folded left to right into one,
 * those results again by F, and so on. One accumulator a level is held. The order depends on the number of parts alone.
 */
export class TreeReducer<S> {
  readonly #fanIn: number
  readonly #merge: (a: S, b: S) => S
  readonly #levels: ({ sum: S; count: number } | undefined)[] = []

  constructor(fanIn: number, merge: (a: S, b: S) => S) {
    this.#fanIn = fanIn
    this.#merge = merge
  }

  /** `level`: that of a sum of fanIn^level parts. */
  push(part: S, level = 0): void {
    const node = this.#levels[level]
    if (node === undefined || node.count === 0) this.#levels[level] = { sum: part, count: 1 }
    else this.#levels[level] = { sum: this.#merge(node.sum, part), count: node.count + 1 }
    const { sum, count } = this.#levels[level]
    if (count < this.#fanIn) return
    this.#levels[level] = { sum, count: 0 }
    this.push(sum, level + 1)
  }

  /** The root; undefined where no part came. The reducer is then spent. */
  finish(): S | undefined {
    let carried: S | undefined
    for (const node of this.#levels) {
      if (node === undefined || node.count === 0) continue
      carried = carried === undefined ? node.sum : this.#merge(node.sum, carried)
    }
    return carried
  }
}
