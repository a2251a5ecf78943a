import type { Writable } from 'node:stream'
import type { SingleBar } from 'cli-progress'
import type { Progress, Stage } from '../pipeline/run-context.ts'

const FIRST_AFTER_MS = 1000
const LINE_EVERY_MS = 2000

const WORDS: Readonly<Record<Stage, string>> = {
  plan: 'planning',
  pool: 'starting threads',
  map: 'reading keys',
  reduce: 'factoring',
  refine: 'reading keys again, more exactly',
  select: 'choosing keys',
  query: 'searching queries',
  exact: 'deciding queries exactly',
  write: 'writing',
  head: 'heads',
}

export interface ProgressView {
  readonly show: (progress: Progress) => void
  /** Clears the bar. */
  stop(): void
}

export const noProgress: ProgressView = { show: () => undefined, stop: () => undefined }

/** Progress on `stream`: a bar on a terminal, else a line now and then; nothing for a job of less than a second. */
export function progressOn(stream: Writable, isTerminal: boolean): ProgressView {
  return isTerminal ? new BarView(stream) : new LineView(stream)
}

class LineView implements ProgressView {
  readonly #stream: Writable
  #nextMs = performance.now() + FIRST_AFTER_MS

  constructor(stream: Writable) {
    this.#stream = stream
  }

  readonly show = ({ stage, done, total }: Progress): void => {
    const nowMs = performance.now()
    if (nowMs < this.#nextMs) return
    this.#nextMs = nowMs + LINE_EVERY_MS
    this.#stream.write(`${WORDS[stage]}: ${done} of ${total}\n`)
  }

  stop(): void {}
}

class BarView implements ProgressView {
  readonly #stream: Writable
  readonly #firstMs = performance.now() + FIRST_AFTER_MS
  #bar: SingleBar | undefined
  #loading = false
  #stopped = false
  #last: Progress | undefined

  constructor(stream: Writable) {
    this.#stream = stream
  }

  readonly show = (progress: Progress): void => {
    this.#last = progress
    if (this.#bar) this.#update(progress)
    else if (!this.#loading && performance.now() >= this.#firstMs) {
      this.#loading = true
      void this.#load()
    }
  }

  stop(): void {
    this.#stopped = true
    this.#bar?.stop()
  }

  async #load(): Promise<void> {
    const { SingleBar } = await import('cli-progress')
    if (this.#stopped || this.#last === undefined) return
    this.#bar = new SingleBar({
      stream: this.#stream,
      format: '{stage} [{bar}] {value} of {total}',
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      barsize: 30,
      clearOnComplete: true,
      hideCursor: false,
      emptyOnZero: true,
    })
    this.#bar.start(this.#last.total, this.#last.done, { stage: WORDS[this.#last.stage] })
  }

  #update({ stage, done, total }: Progress): void {
    this.#bar?.setTotal(total)
    this.#bar?.update(done, { stage: WORDS[stage] })
  }
}
