import type { Figure } from '../draw/figure.ts'
import { count, counted, plain, short } from '../draw/numbers.ts'
import { type Colour, SHADES } from '../draw/palette.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { linearScale } from '../draw/scale.ts'
import type { PairFacts } from '../facts/pair-shape.ts'
import { noPairs } from './no-pairs.ts'

const [SIZE, TOP, HEIGHT] = [300, 36, 372] as const

/** Where the heavy pairs lie: bins of queries by bins of keys, with the keys' sums above. */
export function pairsMap(facts: PairFacts, p: number, isCausal: boolean): Figure {
  const isPower = facts.attention === 'power'
  const colour: Colour = isPower ? 'leverage' : 'fixed'
  const what = isPower ? `|q·k|${powerText(p)}` : 'Softmax'
  const name = `pairs-${facts.attention}`
  if (facts.pairs === 0) return noPairs(name, colour, what, facts)
  const { n, m, bins, pairs, keys, halfKeys } = facts
  const left = PANEL_WIDTH - 14 - SIZE
  const panel = new Panel({
    x: linearScale(n),
    y: linearScale(m),
    left,
    right: 14,
    top: TOP,
    bottom: HEIGHT - TOP - SIZE,
    height: HEIGHT,
  })
  panel.add(`<rect class="frame" x="${left}" y="${TOP}" width="${SIZE}" height="${SIZE}"/>`)
  if (isCausal) {
    panel.path('void', `M${left} ${TOP}H${left + SIZE}V${TOP + SIZE}Z`)
    panel.text(left + SIZE - 8, TOP + 18, 'not visible (causal)', 't-muted', 'end')
  }
  drawCells(panel, facts, colour)
  drawSums(panel, facts, colour)
  drawEnds(panel, n, m)
  const isPair = n <= bins && m <= bins
  return {
    name,
    title: `${what}: ${counted(pairs, 'heavy pair')} on ${counted(keys, 'key')}; half of them on ${count(halfKeys)}`,
    width: PANEL_WIDTH,
    height: HEIGHT,
    body: panel.body,
    note: isPair
      ? ['A cell is one pair; bars above: pairs by key.']
      : [
          'Pairs a bin: ',
          { shades: SHADES, colour },
          ` 1, 2, 4, 8, 16 and more. A bin is ${perBin(m, bins)} queries by ${perBin(n, bins)} keys; bars above: pairs of a bin’s keys together.`,
        ],
  }
}

/** Rows of a bin, on average. */
function perBin(rows: number, bins: number): string {
  const each = rows / bins
  return each >= 100 ? count(Math.round(each)) : plain(Number(each.toPrecision(2)))
}

/** ² or ³ as one writes it. */
export function powerText(p: number): string {
  return p === 2 ? '²' : p === 3 ? '³' : `^${plain(p)}`
}

function drawCells(panel: Panel, { map, bins }: PairFacts, colour: Colour): void {
  const side = SIZE / bins
  SHADES.forEach((shade, level) => {
    let d = ''
    map.forEach((pairs, at) => {
      if (pairs === 0 || Math.min(4, Math.floor(Math.log2(pairs))) !== level) return
      const [x, y] = [panel.left + (at % bins) * side, TOP + Math.floor(at / bins) * side]
      d += `M${short(x)} ${short(y)}h${short(side)}v${short(side)}h-${short(side)}z`
    })
    if (d !== '') panel.path(`f-${colour}`, d, ` fill-opacity="${shade}"`)
  })
}

function drawSums(panel: Panel, { map, bins }: PairFacts, colour: Colour): void {
  const side = SIZE / bins
  const sums = Array.from({ length: bins }, (_, column) => {
    let sum = 0
    for (let row = 0; row < bins; row++) sum += map[row * bins + column]
    return sum
  })
  const most = Math.max(...sums)
  const bars = sums.map((sum, column) => {
    const x = panel.left + column * side
    return sum === 0 ? '' : `M${short(x)} ${TOP - 2}v-${short((26 * sum) / most)}h${short(side)}V${TOP - 2}z`
  })
  panel.path(`f-${colour}`, bars.join(''))
  panel.text(panel.left - 6, TOP - 14, count(most), 'tick', 'end')
}

function drawEnds(panel: Panel, n: number, m: number): void {
  ;([0, 0.5, 1] as const).forEach((part, i) => {
    const y = TOP + part * SIZE + [10, 4, 0][i]
    panel.text(panel.left - 6, y, count(Math.round(part * m)), 'tick', 'end')
    const anchor = (['start', 'middle', 'end'] as const)[i]
    panel.text(panel.left + part * SIZE, TOP + SIZE + 15, count(Math.round(part * n)), 'tick', anchor)
  })
  panel.text(panel.left + SIZE / 2, TOP + SIZE + 30, 'key', 'lab', 'middle')
  panel.text(panel.left - 6, TOP + 26, 'query', 'lab', 'end')
}
