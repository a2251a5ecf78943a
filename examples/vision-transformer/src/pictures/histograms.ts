import { line, picture, short, text } from './svg.ts'

export interface Histogram {
  /** Two lines. */
  readonly titles: readonly [string, string]
  /** Shares of the rows, in bins of equal width over [0, 1]. */
  readonly bins: readonly number[]
  readonly mean: number
}

const [PANEL, HEIGHT, LEFT, TOP, BOTTOM] = [230, 236, 44, 74, 46] as const

/** Side by side, on one scale. */
export function histograms(title: string, panels: readonly Histogram[], xLabel: string): string {
  const most = Math.max(...panels.flatMap(({ bins }) => bins))
  const width = panels.length * PANEL + 20
  const body = panels.map((panel, p) => drawn(panel, 10 + p * PANEL, most, xLabel))
  return picture({ width, height: HEIGHT }, title, text(14, 22, title, 'class="title"') + body.join(''))
}

function drawn({ titles, bins, mean }: Histogram, x: number, most: number, xLabel: string): string {
  const [from, to, bottom] = [x + LEFT, x + PANEL - 14, HEIGHT - BOTTOM]
  const side = (to - from) / bins.length
  const bars = bins.map((share, i) => {
    const height = (share / most) * (bottom - TOP)
    return `M${short(from + i * side)} ${short(bottom)}v-${short(height)}h${short(side)}V${short(bottom)}z`
  })
  const meanX = from + mean * (to - from)
  return [
    text(from, TOP - 28, titles[0], 'class="quiet"'),
    text(from, TOP - 12, titles[1]),
    `<path d="${bars.join('')}" class="f0"/>`,
    line(from, bottom, to, bottom, 'axis'),
    `<path d="M${short(meanX)} ${TOP}V${bottom}" class="s1" stroke-width="2" stroke-dasharray="4 3"/>`,
    text(meanX > to - 70 ? meanX - 66 : meanX + 4, TOP + 10, `mean ${mean.toFixed(2)}`, 'class="f1"'),
    ...[0, 0.5, 1].map((tick) =>
      text(from + tick * (to - from), bottom + 16, String(tick), 'text-anchor="middle"'),
    ),
    text((from + to) / 2, bottom + 34, xLabel, 'text-anchor="middle" class="quiet"'),
    text(from - 6, TOP + 4, `${(100 * most).toFixed(0)} %`, 'text-anchor="end" class="quiet"'),
    text(from - 6, bottom + 4, '0', 'text-anchor="end" class="quiet"'),
  ].join('')
}
