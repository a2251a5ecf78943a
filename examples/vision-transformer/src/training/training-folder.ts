import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LevError } from '@levattention/core'
import { createOutput } from '@levattention/core/internal'
import { type Checkpoint, readCheckpoint, saveCheckpoint } from './checkpoint.ts'
import type { TrainingOptions } from './training-options.ts'

/** Means over the steps since the line before. */
export interface LogLine {
  readonly step: number
  readonly loss: number
  readonly accuracy: number
  readonly gradientLength: number
}

/** Where a training keeps its checkpoint and its log, both the same bytes however often it was interrupted. */
export class TrainingFolder {
  readonly #folder: string
  readonly #options: TrainingOptions

  /** Throws CannotWrite where the folder cannot be made. */
  constructor(folder: string, options: TrainingOptions) {
    this.#folder = folder
    this.#options = options
    try {
      mkdirSync(folder, { recursive: true })
    } catch (error) {
      const message = `cannot make folder ${folder}: ${(error as Error).message}`
      throw new LevError('CannotWrite', message, { file: folder }, { cause: error })
    }
  }

  get checkpointPath(): string {
    return join(this.#folder, 'checkpoint.safetensors')
  }

  get logPath(): string {
    return join(this.#folder, 'log.jsonl')
  }

  /** The last checkpoint; undefined where there is none. The log goes on behind it. Throws Content, Option, CannotWrite. */
  async resume(): Promise<Checkpoint | undefined> {
    const from = existsSync(this.checkpointPath)
      ? readCheckpoint(this.checkpointPath, this.#options)
      : undefined
    const log = createOutput(this.logPath, { force: true })
    for (const line of this.log()) {
      if (line.step > (from?.step ?? 0)) break
      log.write(Buffer.from(`${JSON.stringify(line)}\n`))
    }
    await log.commit()
    return from
  }

  /** Throws CannotWrite, which says that the checkpoint before stands. */
  async save(state: Checkpoint): Promise<void> {
    try {
      await saveCheckpoint(this.checkpointPath, state, this.#options)
    } catch (error) {
      const kept = existsSync(this.checkpointPath)
        ? 'the checkpoint before it stands: make room and type the same command again'
        : 'there is none before it'
      const message = `step ${state.step}: ${(error as Error).message}; ${kept}`
      throw new LevError('CannotWrite', message, { file: this.checkpointPath }, { cause: error })
    }
  }

  addLine(line: LogLine): void {
    try {
      appendFileSync(this.logPath, `${JSON.stringify(line)}\n`)
    } catch (error) {
      const message = `cannot write ${this.logPath}: ${(error as Error).message}`
      throw new LevError('CannotWrite', message, { file: this.logPath }, { cause: error })
    }
  }

  /** Lines that are whole. */
  log(): LogLine[] {
    if (!existsSync(this.logPath)) return []
    const lines = readFileSync(this.logPath, 'utf8').split('\n')
    return lines.slice(0, -1).flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine]
      } catch {
        return []
      }
    })
  }
}
