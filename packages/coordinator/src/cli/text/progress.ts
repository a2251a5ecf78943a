import type { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import type { SingleBar } from 'cli-progress'
import type { Progress } from '../../tasks/progress.ts'
import { ProgressText } from './progress-text.ts'

const FIRST_AFTER_MS = 1000
/** A line every two seconds at first, later each tenth of the time so far: an hour gives some 60 lines. */
const LINE_EVERY_MS = 2000
const LINE_EVERY_SHARE = 0.1
const [MIN_BAR, MAX_BAR] = [4, 30]
/** `deciding queries exactly [] 1000 of 1000 shards, about 10 min left of this` */
const WORDS_WIDTH = 74

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
  // The next progress may be long in coming: what was said last is shown without it.
  readonly #timer: NodeJS.Timeout
  #bar: SingleBar | undefined
  #loading = false
  #stopped = false
  #last: Progress | undefined

  constructor(stream: Writable) {
    this.#stream = stream
    this.#timer = setTimeout(() => this.#begin(), FIRST_AFTER_MS).unref()
  }

  readonly show = (progress: Progress): void => {
    this.#last = progress
    this.#text.watch(progress, performance.now())
    if (this.#bar) this.#update(progress)
    // A busy thread holds the timer up.
    else if (performance.now() >= this.#firstMs) this.#begin()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#bar?.stop()
  }

  #begin(): void {
    if (this.#loading || this.#last === undefined) return
    this.#loading = true
    void this.#load()
  }

  async #load(): Promise<void> {
    const { SingleBar } = await import('cli-progress')
    if (this.#stopped || this.#last === undefined) return
    this.#bar = new SingleBar({
      stream: this.#stream,
      format: '{doing} [{bar}] {counts}',
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      barsize: this.#barSize(),
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

  /** What words and counts leave of the terminal's width; a bar that is cut shows nothing. */
  #barSize(): number {
    const { columns = 80 } = this.#stream as Partial<WriteStream>
    return Math.max(MIN_BAR, Math.min(MAX_BAR, columns - WORDS_WIDTH))
  }

  #words(progress: Progress): { doing: string; counts: string } {
    return { doing: this.#text.doing(progress), counts: this.#text.counts(progress, performance.now()) }
  }
}
