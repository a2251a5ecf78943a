import type { Progress, Stage } from '../../tasks/progress.ts'
import { secondsText } from './number-text.ts'

/** What is done, and in which units it is counted. */
const WORDS: Readonly<Record<Stage, readonly [doing: string, units: string]>> = {
  plan: ['planning', 'steps'],
  pool: ['starting threads', 'threads'],
  map: ['reading keys', 'shards'],
  reduce: ['factoring', 'steps'],
  refine: ['reading keys again', 'shards'],
  select: ['choosing keys', 'shards'],
  draw: ['drawing keys', 'shards'],
  score: ['scoring keys', 'shards'],
  query: ['searching queries', 'batches'],
  exact: ['deciding queries exactly', 'shards'],
  write: ['writing', 'steps'],
  head: ['running heads', 'heads'],
  verify: ['trying queries', 'parts'],
  steps: ['doing steps', 'steps'],
  generate: ['making rows', 'blocks'],
  count: ['counting what is not finite', 'rows'],
  content: ['reading inputs', 'parts'],
  turn: ['reading tables', 'parts'],
  look: ['looking for values that are not finite', 'rows'],
}

/** A rest is told only once a stage has run so long, and only where it is worth a word. */
const TOLD_AFTER_MS = 5000
const TOLD_FROM_SECONDS = 2

/** Words for progress, and what a stage still takes, at the pace so far. */
export class ProgressText {
  #stage: Stage | undefined
  #startMs = 0
  #startDone = 0

  /** To be called with every progress: the pace is measured from a stage's first one on. */
  watch({ stage, done }: Progress, nowMs: number): void {
    if (stage === this.#stage && done >= this.#startDone) return
    this.#stage = stage
    this.#startMs = nowMs
    this.#startDone = done
  }

  doing({ stage, pass }: Progress): string {
    if (pass === undefined) return WORDS[stage][0]
    return `${stage === 'refine' ? 'weighing keys' : 'deciding exactly'} (pass ${pass})`
  }

  /** `3 of 16 shards, about 40 s left of this`. */
  counts(progress: Progress, nowMs: number): string {
    const { stage, done, total, isMost } = progress
    return `${done} of ${isMost ? 'at most ' : ''}${total} ${WORDS[stage][1]}${this.#rest(progress, nowMs)}`
  }

  #rest({ done, total }: Progress, nowMs: number): string {
    const elapsedMs = nowMs - this.#startMs
    const advanced = done - this.#startDone
    if (elapsedMs < TOLD_AFTER_MS || advanced <= 0) return ''
    const seconds = ((elapsedMs / 1000) * (total - done)) / advanced
    return seconds < TOLD_FROM_SECONDS
      ? ''
      : `, about ${secondsText(Number(seconds.toPrecision(2)))} left of this`
  }
}
