import { unlessAborted } from '../aborts/abort.ts'

/** What has threads of its own until it is released. */
interface Resident {
  readonly released: boolean
  release(): Promise<void>
}

/** Those that one `levattention()` opened: its end is theirs. */
export class Residents {
  readonly #all = new Set<Resident>()

  /** What `opening` gives; one that is given up meanwhile is released once it is there. Throws Aborted, and as `opening`. */
  async keep<T extends Resident>(opening: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (const earlier of this.#all) if (earlier.released) this.#all.delete(earlier)
    const kept = opening.then((resident) => {
      this.#all.add(resident)
      return resident
    })
    try {
      return await unlessAborted(kept, signal)
    } catch (error) {
      // Nobody else knows of it.
      kept.then((resident) => resident.release()).catch(() => undefined)
      throw error
    }
  }

  async release(): Promise<void> {
    await Promise.all([...this.#all].map((resident) => resident.release()))
  }
}
