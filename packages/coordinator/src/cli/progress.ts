import type { Writable } from 'node:stream'
import type { SingleBar } from 'cli-progress'
import type { Progress } from '../pipeline/run-context.ts'
import { ProgressText } from './progress-text.ts'

const FIRST_AFTER_MS = 1000
/** A line every two seconds at first, later each tenth of the time so far: an hour gives some 60 lines. */
const LINE_EVERY_MS = 2000
const LINE_EVERY_SHARE = 0.1

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
  readonly #text = new ProgressText()
  readonly #startMs = performance.now()
  #nextMs = this.#startMs + FIRST_AFTER_MS

  constructor(stream: Writable) {
    this.#stream = stream
  }

  readonly show = (progress: Progress): void => {
    const nowMs = performance.now()
    this.#text.watch(progress, nowMs)
    if (nowMs < this.#nextMs) return
    this.#nextMs = nowMs + Math.max(LINE_EVERY_MS, LINE_EVERY_SHARE * (nowMs - this.#startMs))
    this.#stream.write(`${this.#text.doing(progress)}: ${this.#text.counts(progress, nowMs)}\n`)
  }

  stop(): void {}
}

class BarView implements ProgressView {
  readonly #stream: Writable
  readonly #text = new ProgressText()
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
    this.#text.watch(progress, performance.now())
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
      format: '{doing} [{bar}] {counts}',
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      barsize: 30,
      clearOnComplete: true,
      hideCursor: false,
      emptyOnZero: true,
    })
    this.#bar.start(this.#last.total, this.#last.done, this.#words(this.#last))
  }

  #update(progress: Progress): void {
    this.#bar?.setTotal(progress.total)
    this.#bar?.update(progress.done, this.#words(progress))
  }

  #words(progress: Progress): { doing: string; counts: string } {
    return { doing: this.#text.doing(progress), counts: this.#text.counts(progress, performance.now()) }
  }
}
