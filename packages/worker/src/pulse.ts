/**
 * Signs of life of the task that this thread runs, counted in shared memory where the coordinator sees them. Every read
 * and every kernel beats, so a task of any length shows that it goes on, and one that hangs does not.
 */
export class Pulse {
  #count: Int32Array | undefined

  /** A task begins that counts in `count` [1]. */
  begin(count: Int32Array): void {
    this.#count = count
    this.beat()
  }

  readonly beat = (): void => {
    if (this.#count !== undefined) Atomics.add(this.#count, 0, 1)
  }
}
