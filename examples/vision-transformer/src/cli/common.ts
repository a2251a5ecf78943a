import { availableParallelism } from 'node:os'
import { LevError } from '@levattention/core'
import { DEBIAN_FOLDER } from '../data/images.ts'
import type { LogLine } from '../training/training-folder.ts'

export interface DataOption {
  readonly data: string
}

export const dataOption = {
  data: {
    type: 'string',
    default: DEBIAN_FOLDER,
    describe: 'folder of the four idx files of Fashion-MNIST, gzipped or not',
  },
} as const

export interface WorkersOption {
  readonly workers: number
}

export const workersOption = {
  workers: {
    type: 'number',
    default: availableParallelism(),
    describe: 'threads; 0: this one. The weights are the same for any number',
  },
} as const

/** Throws Option unless `value` of --`option` is a whole number from `least` to `most`. */
export function requireWhole(option: string, value: number, least: number, most = Infinity): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  const wanted = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`
  throw new LevError('Option', `--${option} is ${value}; it is a whole number ${wanted}`)
}

export function percent({ correct, count }: { correct: number; count: number }): string {
  return `${((100 * correct) / count).toFixed(2)} %`
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

const LINE_MS = 30_000

/** Of one training: a line that stays on a terminal, one now and then elsewhere. */
export class Progress {
  readonly #name: string
  readonly #begun = Date.now()
  #firstStep: number | undefined
  #told: number

  /** `told`: when a line was last printed. */
  constructor(name: string, told: number) {
    this.#name = name
    this.#told = told === 0 ? Date.now() : told
  }

  step(steps: number, { step, loss, accuracy }: LogLine): void {
    this.#firstStep ??= step
    const own = step - this.#firstStep
    const left = own === 0 ? undefined : ((Date.now() - this.#begun) / own) * (steps - step)
    const time = left === undefined ? '' : `, ${duration(left)} left`
    const text = `  ${this.#name} step ${step} of ${steps}: loss ${loss.toFixed(3)}, ${(100 * accuracy).toFixed(1)} % right${time}`
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${text}${step === steps ? '\n' : ''}`)
    } else if (Date.now() - this.#told > LINE_MS || step === steps) {
      this.#told = Date.now()
      say(text)
    }
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
