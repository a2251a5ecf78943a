import { line, picture, short, text } from './svg.ts'

export interface Dot {
  readonly name: string
  readonly mean: number
  readonly least: number
  readonly most: number
  readonly color: number
}

export interface DotPlot {
  readonly title: string
  readonly xLabel: string
  readonly least: number
  readonly most: number
  readonly ticks: readonly number[]
  readonly groups: readonly { readonly title: string; readonly dots: readonly Dot[] }[]
}

const [WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM] = [760, 300, 70, 24, 42, 52] as const

/** One row a dot, with the least and the most, and the mean as a number. */
export function dotPlot({ title, xLabel, least, most, ticks, groups }: DotPlot): string {
  const rows = groups.reduce((sum, { dots }) => sum + dots.length + 1, 0)
  const height = TOP + rows * ROW + BOTTOM
  const bottom = height - BOTTOM
  const toX = (value: number) => LEFT + ((value - least) / (most - least)) * (WIDTH - RIGHT - LEFT)
  let y = TOP + ROW / 2
  const body = groups.flatMap((group) => {
    const head = text(14, y + 4, group.title, 'class="quiet"')
    y += ROW
    const dots = group.dots.map((dot) => {
      const drawn = row(dot, y, toX)
      y += ROW
      return drawn
    })
    return [head, ...dots]
  })
  const axis = ticks.flatMap((tick) => [
    line(toX(tick), TOP, toX(tick), bottom, 'rule'),
    text(toX(tick), bottom + 18, `${tick} %`, 'text-anchor="middle"'),
  ])
  const frame = [
    text(14, 24, title, 'class="title"'),
    ...axis,
    line(LEFT, bottom, WIDTH - RIGHT, bottom, 'axis'),
    text((LEFT + WIDTH - RIGHT) / 2, height - 12, xLabel, 'text-anchor="middle" class="quiet"'),
  ]
  return picture({ width: WIDTH, height }, title, [...frame, ...body].join(''))
}

function row({ name, mean, least, most, color }: Dot, y: number, toX: (value: number) => number): string {
  return [
    text(LEFT - 12, y + 4, name, 'text-anchor="end"'),
    `<path d="M${short(toX(least))} ${short(y)}H${short(toX(most))}" class="s${color}" stroke-width="2"/>`,
    `<circle cx="${short(toX(mean))}" cy="${short(y)}" r="5" class="f${color}"/>`,
    text(toX(most) + 10, y + 4, mean.toFixed(1), `class="f${color}"`),
  ].join('')
}
