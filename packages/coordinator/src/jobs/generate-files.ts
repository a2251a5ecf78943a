import { mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { causeText, LevError, type NpySink, openNpySink } from '@levattention/core/internal'

/** Several .npy files of one folder that appear together: all are written before the first gets its name. */
export class NpyFolder {
  readonly #folder: string
  readonly #force: boolean
  readonly #sinks: { readonly path: string; readonly sink: NpySink }[] = []

  constructor(folder: string, force: boolean) {
    this.#folder = folder
    this.#force = force
  }

  /** Begins file `name`. Throws CannotWrite. */
  open(name: string, dtype: 'f32' | 'i64', shape: readonly number[]): NpySink {
    const path = join(this.#folder, name)
    const sink = openNpySink(path, { dtype, shape, force: this.#force })
    this.#sinks.push({ path, sink })
    return sink
  }

  /** Gives every file its name; their paths. Where one fails, those that had theirs are removed. Throws CannotWrite. */
  async finish(): Promise<string[]> {
    const named: string[] = []
    try {
      for (const { path, sink } of this.#sinks) {
        await sink.finish()
        named.push(path)
      }
    } catch (error) {
      for (const path of named) rmSync(path, { force: true })
      throw error
    }
    return named
  }

  /** Leaves nothing of what has not been finished. Never throws. */
  abort(): void {
    for (const { sink } of this.#sinks) sink.abort()
  }
}

/** Runs `work` with the folder there; a folder that was made for it is removed where it fails. Throws CannotWrite. */
export async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const firstMade = makeFolder(folder)
  try {
    return await work()
  } catch (error) {
    if (firstMade !== undefined) removeEmpty(resolve(folder), resolve(firstMade))
    throw error
  }
}

/** The first folder that had to be made, undefined where all were there. */
function makeFolder(folder: string): string | undefined {
  try {
    return mkdirSync(folder, { recursive: true })
  } catch (cause) {
    const message = `cannot make the folder ${folder}: ${causeText(cause)}; name another with --out`
    throw new LevError('CannotWrite', message, { file: folder, option: 'out' }, { cause })
  }
}

function removeEmpty(folder: string, first: string): void {
  try {
    for (let at = folder; at.length >= first.length; at = dirname(at)) rmdirSync(at)
  } catch {
    // Someone else has put something there meanwhile: it stays.
  }
}
