/** Where values lie on an axis. */
export interface Scale {
  readonly least: number
  readonly most: number
  /** Values that get a mark, ascending. */
  readonly ticks: readonly number[]
  /** 0 at the least value, 1 at the most; values outside are set to the nearer end. */
  at(value: number): number
}

/** From 0, or `least`, to `most`, with about `tickCount` round marks. */
export function linearScale(most: number, { least = 0, tickCount = 5 } = {}): Scale {
  const step = niceStep((most - least) / tickCount)
  const first = Math.ceil(least / step - 1e-9)
  const last = Math.floor(most / step + 1e-9)
  return {
    least,
    most,
    ticks: Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12))),
    at: (value) => clamped((value - least) / (most - least)),
  }
}

/** Powers of `base` are marked, or where there are more than seven every second one, every third ... 0 < least < most. */
export function logScale(least: number, most: number, base = 10): Scale {
  const [from, to] = [Math.log(least), Math.log(most)]
  const first = Math.ceil(from / Math.log(base) - 1e-9)
  const last = Math.floor(to / Math.log(base) + 1e-9)
  const every = Math.max(1, Math.ceil((last - first) / 6))
  const powers = Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every)
  return {
    least,
    most,
    ticks: powers.map((power) => Number((base ** power).toPrecision(12))),
    at: (value) => clamped((Math.log(Math.max(value, least)) - from) / (to - from)),
  }
}

/** 1, 2 or 5 times a power of ten, the least one from `step` on. */
export function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-12)
  const factor = [1, 2, 5, 10].find((one) => one * power >= step * (1 - 1e-9)) ?? 10
  return Number((factor * power).toPrecision(12))
}

function clamped(place: number): number {
  return Math.min(1, Math.max(0, place))
}

/** Where the axis of shares ends that are `most` at most. */
export function shareCeiling(most: number): number {
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8].find((one) => most <= one) ?? 1
}
