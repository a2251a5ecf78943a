// @ts-check
// The pictures of docs/performance.md, drawn as the report's are.
import { figureSvg } from '#coordinator/report/draw/figure'
import { Panel, PANEL_WIDTH } from '#coordinator/report/draw/panel'
import { linearScale, logScale } from '#coordinator/report/draw/scale'
import { spread } from '#coordinator/report/draw/spread'
import { digits, rowsText, sizeText } from './find.mjs'

/**
 * @typedef {import('./find.mjs').Facts} Facts
 * @typedef {import('./find.mjs').Case} Case
 * @typedef {import('./find.mjs').Entry} Entry
 * @typedef {readonly (readonly [number, number])[]} Points
 * @typedef {import('../../packages/coordinator/dist/bench/ceilings.js').Ceilings} Ceilings
 */

/** What is drawn in which colour of the report's. */
const COLOURS = [
  ['ours, native', 'leverage'],
  ['ours, wasm', 'norm'],
  ['an expert', 'fixed'],
  ['pooled', 'fixed'],
  ['', 'random'],
]

const colourOf = (/** @type {string} */ name) =>
  COLOURS.find(([start]) => name.startsWith(start))?.[1] ?? 'random'
const power = (/** @type {number} */ value) => rowsText(value)

/**
 * A bar an entry: its median, and a line from the least to the most.
 * @param {Case} one
 */
export function barPlot(one) {
  const entries = one.entries.filter(({ role }) => role !== 'startup')
  const least = 10 ** Math.floor(Math.log10(Math.min(...entries.map(({ seconds }) => seconds.least))))
  const most = Math.max(...entries.map(({ seconds }) => seconds.most)) * 2.5
  const height = 60 + 26 * entries.length
  const x = logScale(least, most)
  const panel = new Panel({ x, y: linearScale(1), left: 170, right: 14, top: 8, height })
  panel.axes({ xLabel: 'seconds (log)', xText: (value) => digits(value) })
  entries.forEach(({ name, seconds, ratio = 1 }, i) => {
    const y = panel.top + 26 * (i + 0.5)
    const colour = colourOf(name)
    panel.text(panel.left - 8, y + 4, name, `t-${colour}`, 'end')
    const width = Math.max(1, panel.x(seconds.median) - panel.left)
    panel.add(
      `<rect class="f-${colour}" x="${panel.left}" y="${y - 8}" width="${width.toFixed(1)}" height="16"/>`,
    )
    panel.path('axis', `M${panel.x(seconds.least).toFixed(1)} ${y}H${panel.x(seconds.most).toFixed(1)}`)
    const words =
      i === 0 ? `${digits(seconds.median)} s` : `${digits(seconds.median)} s, ${digits(ratio)} times`
    const end = panel.x(seconds.most) + 5
    const isInside = end + 6.4 * words.length > PANEL_WIDTH
    panel.text(
      isInside ? panel.x(seconds.median) - 6 : end,
      y + 4,
      words,
      isInside ? 't-background b' : 'b halo',
      isInside ? 'end' : 'start',
    )
  })
  return figureSvg({
    name: 'bars',
    title: `${one.kind}: ${sizeText(one)}`,
    width: PANEL_WIDTH,
    height,
    body: panel.body,
  })
}

/**
 * Seconds of ours and of the best peer against one thing that varies.
 * @param {readonly Case[]} cases
 * @param {'n' | 'd'} over
 * @param {string} title
 */
export function linePlot(cases, over, title) {
  const sorted = cases.toSorted((a, b) => a[over] - b[over])
  const names = ['ours, native', 'ours, wasm', 'an expert']
  const lines = names.flatMap((name) => {
    const points = sorted.flatMap((one) => {
      const entry = one.entries.find((each) => each.name.startsWith(name))
      return entry ? [/** @type {const} */ ([one[over], entry.seconds.median])] : []
    })
    return points.length > 1 ? [{ name, points }] : []
  })
  const values = lines.flatMap(({ points }) => points.map(([, seconds]) => seconds))
  if (values.length === 0) return undefined
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const xs = sorted.map((one) => one[over])
  const panel = new Panel({
    x: { ...logScale(xs[0], xs[xs.length - 1]), ticks: [...new Set(xs)] },
    y: logScale(10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most))),
    left: 46,
    right: 92,
  })
  panel.axes({
    xLabel: over === 'n' ? 'keys (log)' : 'columns (log)',
    yLabel: 'seconds (log)',
    xText: power,
    yText: (value) => digits(value),
  })
  const ends = spread(
    lines.map(({ points }) => panel.y(points[points.length - 1][1])),
    14,
    panel.top,
    panel.bottom,
  )
  lines.forEach(({ name, points }, i) => {
    const colour = colourOf(name)
    panel.line(points, colour)
    for (const [x, y] of points) panel.dot(x, y, `f-${colour}`, 3)
    panel.text(panel.right + 7, ends[i] + 4, name === 'an expert' ? 'expert’s NumPy' : name, `t-${colour}`)
  })
  return figureSvg({
    name: `over-${over}`,
    title,
    width: PANEL_WIDTH,
    height: panel.height,
    body: panel.body,
  })
}

/**
 * Operations a second against operations a byte read, below what the machine allows.
 * @param {Facts} facts
 */
export function rooflinePlot({ roofline }) {
  const stages = (roofline?.stages ?? []).filter(({ threads, bytes }) => threads > 1 && bytes > 0)
  const limit = roofline?.ceilings.find(({ by, threads }) => by === 'cc' && threads === stages[0]?.threads)
  if (limit === undefined || stages.length === 0) return undefined
  const bandwidth = limit.readBytes ?? limit.streamBytes
  const points = stages.map(({ f64, f32, bytes, seconds, ...stage }) => ({
    ...stage,
    intensity: (f64 + f32) / bytes,
    rate: (f64 + f32) / seconds,
  }))
  const [from, to] = [
    1,
    10 ** Math.ceil(Math.log10(Math.max(1000, ...points.map(({ intensity }) => intensity)))),
  ]
  const top = 10 ** Math.ceil(Math.log10(limit.f32Flops))
  const bottom = 10 ** Math.floor(Math.log10(Math.min(bandwidth, ...points.map(({ rate }) => rate))))
  const height = 330
  const panel = new Panel({ x: logScale(from, to), y: logScale(bottom, top), left: 50, height })
  panel.axes({
    xLabel: 'operations for a byte read (log)',
    yLabel: 'operations a second (log)',
    xText: power,
    yText: (value) => `${digits(value / 1e9)} G`,
  })
  drawRoof(panel, limit, bandwidth, { from, to, bottom })
  for (const { name, stage, intensity, rate } of points) {
    const colour = colourOf(name)
    panel.dot(intensity, rate, `f-${colour}`, stage === 'query' ? 3 : 4.5)
  }
  labelLargest(panel, points)
  return figureSvg({
    name: 'roofline',
    title: `Stages below the roof of ${limit.threads} threads`,
    width: PANEL_WIDTH,
    height,
    body: panel.body,
    note: [
      `Blue native, orange WebAssembly; large dots read keys, small ones meet queries. The slope: ${digits(bandwidth / 1e9)} GB/s of files in the page cache.`,
    ],
  })
}

/**
 * At its highest dot what reads keys of so many columns.
 * @param {Panel} panel
 * @param {readonly { name: string, stage: string, of: string, intensity: number, rate: number }[]} points
 */
function labelLargest(panel, points) {
  /** @type {Map<string, { intensity: number, rate: number }>} */
  const highest = new Map()
  for (const { name, stage, of, intensity, rate } of points) {
    const [, dim] = /^heavy \d+ x (\d+)/.exec(of) ?? []
    if (dim === undefined || stage !== 'map' || !name.startsWith('ours, native')) continue
    if (rate > (highest.get(dim)?.rate ?? 0)) highest.set(dim, { intensity, rate })
  }
  for (const [dim, { intensity, rate }] of highest)
    panel.text(panel.x(intensity) - 8, panel.y(rate) - 8, `d = ${dim}`, 'cell halo', 'end')
}

/**
 * @param {Panel} panel
 * @param {Ceilings} limit
 * @param {number} bandwidth
 * @param {{ from: number, to: number, bottom: number }} ends
 */
function drawRoof(panel, { f64Flops, f32Flops }, bandwidth, { from, to, bottom }) {
  const start = Math.max(from, bottom / bandwidth)
  panel.line(
    [
      [start, start * bandwidth],
      [f32Flops / bandwidth, f32Flops],
      [to, f32Flops],
    ],
    'ink',
  )
  panel.line(
    [
      [f64Flops / bandwidth, f64Flops],
      [to, f64Flops],
    ],
    'ink',
    '4 3',
  )
  panel.text(panel.right, panel.y(f32Flops) - 5, `float32 ${digits(f32Flops / 1e9)} GF/s`, '', 'end')
  panel.text(panel.right, panel.y(f64Flops) + 14, `float64 ${digits(f64Flops / 1e9)} GF/s`, '', 'end')
}
