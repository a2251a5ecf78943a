import { bytesOf } from '../files/elements.ts'
import type { TemporaryFile } from '../files/temporary-file.ts'

/** Numbers of a window, and windows that are held: 8 MiB. */
const WINDOW_COUNT = 2 ** 17
const MOST_WINDOWS = 8

/** Numbers in a file that are added to at any place. A few pieces of it are held: what goes through it in order reads and writes it once. */
export class WindowedFloats {
  readonly #file: TemporaryFile
  readonly #offsetBytes: number
  readonly #length: number
  /** By their index, the least recently used first. */
  readonly #windows = new Map<number, Float64Array>()
  #index = -1
  #window: Float64Array = new Float64Array(0)

  /** `length` numbers from byte `offsetBytes` of `file` on. */
  constructor(file: TemporaryFile, offsetBytes: number, length: number) {
    this.#file = file
    this.#offsetBytes = offsetBytes
    this.#length = length
  }

  /** Throws CannotWrite. */
  add(place: number, value: number): void {
    const index = Math.floor(place / WINDOW_COUNT)
    if (index !== this.#index) this.#turnTo(index)
    this.#window[place - index * WINDOW_COUNT] += value
  }

  /** Of true and false: 1 where any that was added is. Throws CannotWrite. */
  addFlag(place: number, flag: number): void {
    const index = Math.floor(place / WINDOW_COUNT)
    if (index !== this.#index) this.#turnTo(index)
    if (flag !== 0) this.#window[place - index * WINDOW_COUNT] = 1
  }

  /** Writes what is held. Throws CannotWrite. */
  flush(): void {
    for (const [index, window] of this.#windows) this.#write(index, window)
    this.#windows.clear()
    this.#index = -1
  }

  #turnTo(index: number): void {
    let window = this.#windows.get(index)
    this.#windows.delete(index)
    if (window === undefined) {
      if (this.#windows.size >= MOST_WINDOWS) this.#writeOldest()
      window = new Float64Array(Math.min(WINDOW_COUNT, this.#length - index * WINDOW_COUNT))
      this.#file.read(this.#offsetBytes + 8 * WINDOW_COUNT * index, bytesOf(window))
    }
    this.#windows.set(index, window)
    this.#index = index
    this.#window = window
  }

  #writeOldest(): void {
    for (const [index, window] of this.#windows) {
      this.#write(index, window)
      this.#windows.delete(index)
      return
    }
  }

  #write(index: number, window: Float64Array): void {
    this.#file.write(this.#offsetBytes + 8 * WINDOW_COUNT * index, bytesOf(window))
  }
}
