import { line, path, picture, short, text } from './svg.ts'

export interface Axis {
  readonly label: string
  readonly least: number
  readonly most: number
  readonly ticks: readonly number[]
  /** Where numbers stand as their logarithms do. */
  readonly isLogarithmic?: boolean
  readonly tickText?: (value: number) => string
}

export interface Series {
  readonly name: string
  /** Of the palette. */
  readonly color: number
  readonly points: readonly (readonly [x: number, y: number])[]
  /** Points alone, not joined; or joined by a line that is broken. */
  readonly kind?: 'points' | 'dashed'
  /** Least and most at each point. */
  readonly spread?: readonly (readonly [number, number])[]
}

export interface LineChart {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  readonly width?: number
}

const HEIGHT = 340
const LEFT = 58
const TOP = 38
const BOTTOM = 48
/** For the names beside the ends of the lines. */
const RIGHT = 255
const NAME_STEP = 15

/** Lines with their names beside their ends. */
export function lineChart({ title, x, y, series, width = 720 }: LineChart): string {
  const toX = scale(x, LEFT, width - RIGHT)
  const toY = scale(y, HEIGHT - BOTTOM, TOP)
  const body = [
    text(LEFT, 22, title, 'class="title"'),
    ...y.ticks.flatMap((tick) => [
      line(LEFT, toY(tick), width - RIGHT, toY(tick), 'rule'),
      text(LEFT - 8, toY(tick) + 4, label(y, tick), 'text-anchor="end"'),
    ]),
    line(LEFT, HEIGHT - BOTTOM, width - RIGHT, HEIGHT - BOTTOM, 'axis'),
    ...x.ticks.flatMap((tick) => [
      line(toX(tick), HEIGHT - BOTTOM, toX(tick), HEIGHT - BOTTOM + 4, 'axis'),
      text(toX(tick), HEIGHT - BOTTOM + 18, label(x, tick), 'text-anchor="middle"'),
    ]),
    text((LEFT + width - RIGHT) / 2, HEIGHT - 10, x.label, 'text-anchor="middle" class="quiet"'),
    text(
      14,
      (TOP + HEIGHT - BOTTOM) / 2,
      y.label,
      `class="quiet" text-anchor="middle" transform="rotate(-90 14 ${short((TOP + HEIGHT - BOTTOM) / 2)})"`,
    ),
    ...series.map((one) => drawn(one, toX, toY)),
    ...names(series, toX, toY, width - RIGHT),
  ]
  return picture({ width, height: HEIGHT }, title, body.join(''))
}

function drawn(series: Series, toX: (x: number) => number, toY: (y: number) => number): string {
  const { color, points, kind, spread = [] } = series
  const places = points.map(([px, py]) => [toX(px), toY(py)] as const)
  const dots = places.length <= 12 || kind === 'points'
  return [
    kind === 'points'
      ? ''
      : path(
          places,
          `class="s${color}" stroke-width="2"${kind === 'dashed' ? ' stroke-dasharray="5 4"' : ''}`,
        ),
    ...spread.map(([least, most], i) => line(places[i][0], toY(least), places[i][0], toY(most), `s${color}`)),
    ...(dots
      ? places.map(
          ([cx, cy]) =>
            `<circle cx="${short(cx)}" cy="${short(cy)}" r="${kind === 'points' ? 5 : 3.5}" class="f${color}"/>`,
        )
      : []),
  ].join('')
}

/** Pushed apart where they would lie on one another, and joined to their lines where they were pushed. */
function names(
  series: readonly Series[],
  toX: (x: number) => number,
  toY: (y: number) => number,
  edge: number,
): string[] {
  const ends = series
    .map((one) => {
      const [px, py] = one.points[one.points.length - 1]
      return { one, x: toX(px), y: toY(py), at: toY(py) }
    })
    .sort((a, b) => a.y - b.y)
  for (let i = 1; i < ends.length; i++) ends[i].at = Math.max(ends[i].at, ends[i - 1].at + NAME_STEP)
  const over = Math.max(0, (ends.at(-1)?.at ?? 0) - (HEIGHT - BOTTOM))
  for (let i = ends.length - 1; i >= 0; i--) {
    const most = i === ends.length - 1 ? ends[i].at - over : ends[i + 1].at - NAME_STEP
    ends[i].at = Math.min(ends[i].at, most)
  }
  return ends.map(({ one, x, y, at }) => {
    const from = Math.max(x + 6, edge + 2)
    return `<path d="M${short(x + 5)} ${short(y)}L${short(from + 8)} ${short(at)}" fill="none" class="s${one.color}" opacity=".6"/>${text(from + 11, at + 4, one.name, `class="f${one.color}"`)}`
  })
}

function label({ tickText = String }: Axis, tick: number): string {
  return tickText(tick)
}

function scale({ least, most, isLogarithmic = false }: Axis, from: number, to: number) {
  const of = (value: number) => (isLogarithmic ? Math.log(value) : value)
  return (value: number) => from + ((of(value) - of(least)) / (of(most) - of(least))) * (to - from)
}
