/** Bytes that arrive in pieces cut anywhere, taken in the portions that a reader wants. No piece is asked for ahead. */
export class ByteFeed {
  readonly #pieces: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)
  ended = false

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#pieces = bytes[Symbol.asyncIterator]()
  }

  /** Bytes held. */
  get length(): number {
    return this.#held.length
  }

  /** Waits until `count` bytes are held; false where the stream ended before. */
  async want(count: number): Promise<boolean> {
    while (this.#held.length < count) {
      const piece = await this.#next()
      if (piece === undefined) return false
      this.#held = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece])
    }
    return true
  }

  /** All bytes held, not taken. */
  peek(): Uint8Array {
    return this.#held
  }

  /** Drops `count` held bytes. */
  take(count: number): void {
    this.#held = this.#held.subarray(count)
  }

  /** Fills `into`; the number of bytes it got, less than its length only at the stream's end. */
  async fill(into: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < into.length) {
      if (this.#held.length === 0) {
        const piece = await this.#next()
        if (piece === undefined) break
        this.#held = piece
      }
      const part = this.#held.subarray(0, into.length - filled)
      into.set(part, filled)
      filled += part.length
      this.take(part.length)
    }
    return filled
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.ended) return undefined
    const { done = false, value } = (await this.#pieces.next()) as IteratorResult<Uint8Array, undefined>
    this.ended = done
    return value
  }
}
