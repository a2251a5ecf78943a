import type { Outline } from '../../problem/outline.ts'
import type { Progress, Stage } from '../../tasks/progress.ts'

/** How far a whole job is. */
export interface JobTime {
  /** Of all of it, from 0 to 1; never falls. */
  readonly share: number
  readonly elapsedSeconds: number
  /** Absent where nothing is known yet of what is to come, or only the data tell how many passes there are. */
  readonly leftSeconds?: number
}

/** What one stage has taken so far. */
interface Pace {
  readonly pass: number | undefined
  readonly done: number
  /** Of its last pass. */
  readonly share: number
  readonly spentMs: number
  /** Of the passes before. */
  readonly earlierMs: number
}

/** A part of the job, from a share of all of it to another. */
interface Part {
  readonly from: number
  readonly to: number
  readonly startMs: number
}

/** Of less nothing is told of what is left. */
const LEAST_SHARE = 0.05

/** Of a job that is not over, and of one whose passes may go on. */
const MOST_SHARE = 0.99
const MOST_OPEN_SHARE = 0.9

/** Stages that are all of a job which told no outline. */
const WHOLE_JOBS: readonly Stage[] = ['head', 'steps', 'generate', 'bench']

type KnownStage = keyof Outline

/** The passes over the keys, which algebra comes between. */
const PASSES: readonly Stage[] = ['map', 'refine']

/**
 * How long a job still takes: the stage that runs at its own pace, those to come by the outline, whose seconds are scaled by what
 * the stages so far took of theirs.
 */
export class JobClock {
  readonly #startMs: number
  readonly #paces = new Map<Stage, Pace>()
  #outline: Outline = {}
  #lastMs: number
  #current: Stage | undefined
  #share = 0
  #part: Part

  constructor(startMs: number) {
    this.#startMs = startMs
    this.#lastMs = startMs
    this.#part = { from: 0, to: 1, startMs }
  }

  /** From now on outlines and stages are those of a part of the job, which is so much of all of it. */
  part(from: number, to: number, nowMs: number): void {
    this.#part = { from, to, startMs: nowMs }
    this.#outline = {}
    this.#paces.clear()
    this.#current = undefined
    this.#lastMs = nowMs
  }

  /** What the stages will take; the last that was told counts. */
  outline(outline: Outline): void {
    this.#outline = outline
  }

  /** To be called with every progress. */
  watch({ stage, done, total, pass }: Progress, nowMs: number): void {
    const before = this.#paces.get(stage)
    const goesOn = before !== undefined && before.pass === pass && before.done <= done
    // What went by before a first sign of nothing done was another stage's.
    const spentMs = goesOn || done > 0 ? nowMs - this.#lastMs : 0
    this.#paces.set(stage, {
      pass,
      done,
      share: total > 0 ? done / total : 1,
      spentMs: (goesOn ? before.spentMs : 0) + spentMs,
      earlierMs: before === undefined ? 0 : before.earlierMs + (goesOn ? 0 : before.spentMs),
    })
    this.#current = stage
    this.#lastMs = nowMs
  }

  at(nowMs: number): JobTime {
    const { from, to, startMs } = this.#part
    const [elapsedMs, ofPartMs] = [nowMs - this.#startMs, nowMs - startMs]
    const leftMs = this.#leftMs(nowMs)
    const isOpen = this.#mayComeAgain()
    const told = leftMs === undefined ? 0 : ofPartMs / Math.max(1, ofPartMs + leftMs)
    this.#share = Math.max(
      this.#share,
      Math.min(to, MOST_SHARE, from + (to - from) * Math.min(told, isOpen ? MOST_OPEN_SHARE : 1)),
    )
    const isKnown = from > 0 || !isOpen
    const allLeftMs = !isKnown ? undefined : to - from === 1 ? leftMs : this.#leftByShareMs(elapsedMs)
    return {
      share: this.#share,
      elapsedSeconds: elapsedMs / 1000,
      ...(allLeftMs === undefined ? {} : { leftSeconds: allLeftMs / 1000 }),
    }
  }

  /** Of a job in parts: at the pace so far. */
  #leftByShareMs(elapsedMs: number): number | undefined {
    return this.#share < LEAST_SHARE ? undefined : (elapsedMs * (1 - this.#share)) / this.#share
  }

  #leftMs(nowMs: number): number | undefined {
    if (this.#current === undefined) return undefined
    const parts = [this.#current, ...this.#later()].map((stage) => this.#stageLeftMs(stage))
    if (parts.includes(undefined)) return undefined
    const sum = parts.reduce<number>((total, part) => total + (part ?? 0), 0)
    return Math.max(0, sum - (nowMs - this.#lastMs))
  }

  /** Stages of the outline but the algebra, in their order. */
  #stages(): KnownStage[] {
    return (Object.keys(this.#outline) as KnownStage[]).filter((stage) => stage !== 'reduce')
  }

  #lastSeen(): number {
    return this.#stages().findLastIndex((stage) => this.#paces.has(stage))
  }

  /** Whether passes, and algebra, are still to come. */
  #passesAreOpen(): boolean {
    const last = this.#stages()[this.#lastSeen()]
    return last === undefined || PASSES.includes(last)
  }

  /** Whether only the data tell how many passes are to come. */
  #mayComeAgain(): boolean {
    return this.#outline.refine !== undefined && this.#passesAreOpen()
  }

  /** Stages of the outline that are to come, and the last of them that was seen while another interrupts it. */
  #later(): KnownStage[] {
    const last = this.#lastSeen()
    const later = this.#stages().filter((stage, at) => stage !== this.#current && at >= last)
    return this.#outline.reduce === undefined || this.#current === 'reduce' ? later : [...later, 'reduce']
  }

  #stageLeftMs(stage: Stage): number | undefined {
    if (stage === 'reduce') return this.#algebraLeftMs()
    const { share = 0, spentMs = 0, earlierMs = 0 } = this.#paces.get(stage) ?? {}
    const ofPass = share > 0 ? (spentMs * (1 - share)) / share : undefined
    const expected = this.#outline[stage as KnownStage]
    if (expected === undefined) return this.#unexpectedLeftMs(stage, ofPass)
    if (ofPass !== undefined && earlierMs === 0) return ofPass
    const scale = this.#scale()
    if (scale === undefined) return ofPass
    // Of passes only the data know the number.
    return Math.max(ofPass ?? 0, expected * scale - earlierMs - spentMs)
  }

  /** It comes a piece at a time, of which none tells how far it is. */
  #algebraLeftMs(): number | undefined {
    const { spentMs = 0, earlierMs = 0 } = this.#paces.get('reduce') ?? {}
    const { reduce: expected } = this.#outline
    if (expected === undefined) return this.#unexpectedLeftMs('reduce', undefined)
    if (!this.#passesAreOpen()) return 0
    const scale = this.#scale()
    return scale === undefined ? undefined : Math.max(0, expected * scale - earlierMs - spentMs)
  }

  /** Beside what the outline knows, a stage that says how far it is counts by itself. */
  #unexpectedLeftMs(stage: Stage, ofPass: number | undefined): number | undefined {
    if (Object.keys(this.#outline).length > 0) return ofPass ?? 0
    return WHOLE_JOBS.includes(stage) ? ofPass : undefined
  }

  /** Milliseconds that a second of the outline takes. */
  #scale(): number | undefined {
    let [spentMs, expected] = [0, 0]
    for (const [stage, seconds] of Object.entries(this.#outline)) {
      const pace = this.#paces.get(stage as KnownStage)
      if (!pace || pace.earlierMs > 0 || stage === 'reduce') continue
      spentMs += pace.spentMs
      expected += seconds * pace.share
    }
    return expected > 0 && spentMs > 0 ? spentMs / expected : undefined
  }
}
