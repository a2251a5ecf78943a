import type { Writable } from 'node:stream'
import type { SingleBar } from 'cli-progress'
import type { Outline } from '../../problem/outline.ts'
import type { Progress } from '../../tasks/progress.ts'
import { JobClock } from './job-clock.ts'
import { barLine, progressLine } from './progress-text.ts'

const FIRST_AFTER_MS = 1000
/** A line every two seconds at first, later each tenth of the time so far: an hour gives some 60 lines. */
const LINE_EVERY_MS = 2000
const LINE_EVERY_SHARE = 0.1

export interface ProgressView {
  readonly show: (progress: Progress) => void
  /** What the stages of the job will take. */
  readonly outline: (outline: Outline) => void
  /** Of a job in parts: which one comes, as shares of all of it. */
  readonly part: (from: number, to: number, doing: string) => void
  /** Clears the bar. */
  stop(): void
}

export const noProgress: ProgressView = {
  show: () => undefined,
  outline: () => undefined,
  part: () => undefined,
  stop: () => undefined,
}

/** Progress on `stream`: a bar on a terminal, else a line now and then; nothing for a job of less than a second. */
export function progressOn(stream: Writable, isTerminal: boolean): ProgressView {
  return isTerminal ? new BarView(stream) : new LineView(stream)
}

class LineView implements ProgressView {
  readonly #stream: Writable
  readonly #startMs = performance.now()
  readonly #clock = new JobClock(this.#startMs)
  // As of bars: the next progress may be long in coming.
  #timer: NodeJS.Timeout
  #nextMs = this.#startMs + FIRST_AFTER_MS
  #last: Progress | undefined
  /** What the part of the job does. */
  #doing: string | undefined

  constructor(stream: Writable) {
    this.#stream = stream
    this.#timer = this.#atNext()
  }

  readonly outline = (outline: Outline): void => this.#clock.outline(outline)

  readonly part = (from: number, to: number, doing: string): void => {
    this.#clock.part(from, to, performance.now())
    this.#doing = doing
  }

  readonly show = (progress: Progress): void => {
    this.#last = progress
    this.#clock.watch(progress, performance.now())
    // A busy thread holds the timer up.
    if (performance.now() >= this.#nextMs) this.#write()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #write(): void {
    const nowMs = performance.now()
    this.#nextMs = nowMs + Math.max(LINE_EVERY_MS, LINE_EVERY_SHARE * (nowMs - this.#startMs))
    if (this.#last) this.#stream.write(`${progressLine(this.#last, this.#clock.at(nowMs), this.#doing)}\n`)
    clearTimeout(this.#timer)
    this.#timer = this.#atNext()
  }

  #atNext(): NodeJS.Timeout {
    return setTimeout(() => this.#write(), this.#nextMs - performance.now()).unref()
  }
}

class BarView implements ProgressView {
  readonly #stream: Writable
  readonly #clock = new JobClock(performance.now())
  readonly #firstMs = performance.now() + FIRST_AFTER_MS
  // The next progress may be long in coming: what was said last is shown without it.
  readonly #timer: NodeJS.Timeout
  #bar: SingleBar | undefined
  #loading = false
  #stopped = false
  #last: Progress | undefined
  /** What the part of the job does. */
  #doing: string | undefined

  constructor(stream: Writable) {
    this.#stream = stream
    this.#timer = setTimeout(() => this.#begin(), FIRST_AFTER_MS).unref()
  }

  readonly outline = (outline: Outline): void => this.#clock.outline(outline)

  readonly part = (from: number, to: number, doing: string): void => {
    this.#clock.part(from, to, performance.now())
    this.#doing = doing
  }

  readonly show = (progress: Progress): void => {
    this.#last = progress
    this.#clock.watch(progress, performance.now())
    if (this.#bar) this.#bar.update(progress.done)
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
      // It is drawn whole, and again as time goes by, for the width that the terminal has then.
      format: (_options, { maxWidth }: { readonly maxWidth?: number }) => this.#line(maxWidth),
      clearOnComplete: true,
      hideCursor: false,
      emptyOnZero: true,
    })
    this.#bar.start(this.#last.total, this.#last.done)
  }

  #line(columns = 80): string {
    return this.#last ? barLine(this.#last, this.#clock.at(performance.now()), columns, this.#doing) : ''
  }
}
