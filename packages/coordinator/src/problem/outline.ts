/** Stages that a job is known to go through before it starts, named as its progress names them. */
type KnownStage = 'map' | 'reduce' | 'refine' | 'select' | 'score' | 'query' | 'verify'

/**
 * Seconds on one core, roughly, of the stages of a job, in their order; `reduce` of all algebra between passes, `refine` of a typical
 * number of passes where only the data know it.
 */
export type Outline = Readonly<Partial<Record<KnownStage, number>>>

/** Of these what native kernels share with threads of their own: the passes over the keys. */
export function sharedSecondsOf({ map = 0, select = 0 }: Outline): number {
  return map + select
}

export function secondsOf(outline: Outline): number {
  return Object.values(outline).reduce((sum, seconds) => sum + seconds, 0)
}
