import { Draws } from '../randomness.ts'
import type { View } from './patches.ts'

/** How training images are changed each time that they are seen. */
export interface Augmentation {
  /** Every other image left to right. */
  readonly mirrors: boolean
  /** Up to so many pixels to each side. */
  readonly mostShift: number
}

/** Views by (seed, how many images were seen before), so that no thread or restart shows in them. */
export class Views {
  readonly #flips: Draws
  readonly #shifts: Draws
  readonly #augmentation: Augmentation

  constructor(seed: number, augmentation: Augmentation) {
    this.#flips = new Draws(seed, 'flips')
    this.#shifts = new Draws(seed, 'shifts')
    this.#augmentation = augmentation
  }

  of(seen: number): View {
    const { mirrors, mostShift } = this.#augmentation
    const shift = (draw: number) =>
      Math.floor(this.#shifts.uniform(seen, draw) * (2 * mostShift + 1)) - mostShift
    return {
      isMirrored: mirrors && this.#flips.uniform(seen) < 0.5,
      right: mostShift > 0 ? shift(0) : 0,
      down: mostShift > 0 ? shift(1) : 0,
    }
  }
}
