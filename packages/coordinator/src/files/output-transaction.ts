import { placeFiles, type SealedFile } from '@levattention/core/internal'

/** An output that is written under a hidden name. */
export interface StagedOutput {
  /** Completes it, still hidden; no files where it is none. Throws CannotWrite. */
  seal(): Promise<readonly SealedFile[]>
  /** Tidies up once every output of the job stands in its place. Throws CannotWrite. */
  placed?(): void
  /** Removes what is still hidden. Never throws. */
  discard(): void
}

/** The outputs of one job: all of them appear, or none. */
export class StagedOutputs {
  readonly #staged: StagedOutput[] = []

  add(output: StagedOutput): void {
    this.#staged.push(output)
  }

  /**
   * Completes all, then puts all in place, after `check`, which may throw. Throws what `seal` and `placeFiles` throw; then nothing has changed.
   * Throws what `placed` throws; then all stand.
   */
  async finish(check: () => void = () => undefined): Promise<void> {
    try {
      const sealed: SealedFile[] = []
      for (const output of this.#staged) sealed.push(...(await output.seal()))
      check()
      placeFiles(sealed)
      for (const output of this.#staged) output.placed?.()
    } finally {
      this.discard()
    }
  }

  discard(): void {
    for (const output of this.#staged) output.discard()
  }
}

/** Runs `work` with outputs that leave nothing where it fails; what they hold appears only by `finish`. */
export async function withOutputs<T>(work: (outputs: StagedOutputs) => Promise<T>): Promise<T> {
  const outputs = new StagedOutputs()
  try {
    return await work(outputs)
  } catch (error) {
    outputs.discard()
    throw error
  }
}
