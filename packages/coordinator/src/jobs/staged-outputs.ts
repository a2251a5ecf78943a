import { rmSync } from 'node:fs'

/** An output that is written under a hidden name and put in its place by `finish`. */
export interface StagedOutput {
  /** undefined where it is no file. */
  readonly path: string | undefined
  finish(): Promise<void>
  /** Leaves nothing. Never throws. */
  abort(): void
}

/** The outputs of one job: all of them appear, or none. */
export class StagedOutputs {
  readonly #staged: StagedOutput[] = []

  add(output: StagedOutput): void {
    this.#staged.push(output)
  }

  /** Puts all in place. Where one fails, those before it are removed again. Throws what its `finish` throws. */
  async finish(): Promise<void> {
    const placed: string[] = []
    try {
      for (const output of this.#staged) {
        await output.finish()
        if (output.path !== undefined) placed.push(output.path)
      }
    } catch (error) {
      this.abort()
      for (const path of placed) rmSync(path, { force: true })
      throw error
    }
  }

  abort(): void {
    for (const output of this.#staged) output.abort()
  }
}

/** Runs `work` with outputs that leave nothing where it fails; what they hold appears only by their `finish`. */
export async function withOutputs<T>(work: (outputs: StagedOutputs) => Promise<T>): Promise<T> {
  const outputs = new StagedOutputs()
  try {
    return await work(outputs)
  } catch (error) {
    outputs.abort()
    throw error
  }
}
