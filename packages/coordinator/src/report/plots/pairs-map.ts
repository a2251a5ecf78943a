import type { Figure } from '../draw/figure.ts'
import { count, counted, plain, short } from '../draw/numbers.ts'
import { type Colour, SHADES } from '../draw/palette.ts'
import { Panel, PANEL_WIDTH } from '../draw/panel.ts'
import { linearScale } from '../draw/scale.ts'
import type { PairFacts } from '../facts/pair-shape.ts'
import { noPairs } from './no-pairs.ts'

const [SIZE, TOP, HEIGHT, RIGHT] = [300, 36, 372, 14] as const
/** What the bars above count. */
const SUMS_LABEL = 'pairs'
/** Of the numbers at the left a character is so wide, about. */
const TICK_CHARACTER = 6.5

/** Where the heavy pairs lie: bins of queries by bins of keys, with the keys' sums above. */
export function pairsMap(
  facts: PairFacts,
  {
    p,
    isCausal,
    isEstimate = false,
  }: { readonly p: number; readonly isCausal: boolean; readonly isEstimate?: boolean },
): Figure {
  const isPower = facts.attention === 'power'
  const colour: Colour = isPower ? 'leverage' : 'fixed'
  const what = isPower ? `|q·k|${powerText(p)}` : 'Softmax'
  const name = `pairs-${facts.attention}`
  if (facts.pairs === 0) return noPairs(name, colour, what, facts)
  const { n, m, queryBins, keyBins, pairs, keys, halfKeys } = facts
  const sums = sumsByKeyBin(facts)
  const left = leftOf([count(m), count(Math.max(...sums)), SUMS_LABEL])
  const panel = new Panel({
    x: linearScale(n),
    y: linearScale(m),
    left,
    right: RIGHT,
    top: TOP,
    bottom: HEIGHT - TOP - SIZE,
    height: HEIGHT,
  })
  panel.add(
    `<rect class="frame" x="${left}" y="${TOP}" width="${PANEL_WIDTH - RIGHT - left}" height="${SIZE}"/>`,
  )
  if (isCausal) {
    panel.path('void', `M${left} ${TOP}H${panel.right}V${TOP + SIZE}Z`)
    panel.text(panel.right - 8, TOP + 18, 'not visible (causal)', 't-muted', 'end')
  }
  drawCells(panel, facts, colour)
  drawSums(panel, sums, colour)
  drawEnds(panel, n, m)
  const isPair = n <= keyBins && m <= queryBins
  return {
    name,
    title: `${what}: ${isEstimate ? `${counted(pairs, 'pair')} whose scoreHigh reaches epsilon` : counted(pairs, 'heavy pair')} on ${counted(keys, 'key')}${halfText(halfKeys, keys)}`,
    width: PANEL_WIDTH,
    height: HEIGHT,
    body: panel.body,
    note: isPair
      ? ['A cell is one pair; bars above: pairs by key.']
      : [
          'Pairs a bin: ',
          { shades: SHADES, colour },
          ` 1, 2, 4, 8, 16 and more. A bin is ${perBin(m, queryBins, 'query')} by ${perBin(n, keyBins, 'key')}; bars above: ${n <= keyBins ? 'pairs by key' : 'pairs of a bin’s keys together'}.`,
        ],
  }
}

/** Room for the numbers at the left, the longest of them. */
function leftOf(words: readonly string[]): number {
  return Math.max(46, 8 + Math.max(...words.map(({ length }) => length)) * TICK_CHARACTER)
}

/** How few keys have half of the pairs, where that is a part of them. */
function halfText(halfKeys: number, keys: number): string {
  if (halfKeys === keys) return ''
  return `; half of them on ${counted(halfKeys, 'key')}`
}

/** Rows of a bin, on average. */
function perBin(rows: number, bins: number, noun: string): string {
  const each = rows / bins
  if (each <= 1) return `1 ${noun}`
  const plural = counted(2, noun).slice(2)
  return `${each >= 100 ? count(Math.round(each)) : plain(Number(each.toPrecision(2)))} ${plural}`
}

/** ² or ³ as one writes it. */
export function powerText(p: number): string {
  return p === 2 ? '²' : p === 3 ? '³' : `^${plain(p)}`
}

function drawCells(panel: Panel, { map, queryBins, keyBins }: PairFacts, colour: Colour): void {
  const [width, height] = [(panel.right - panel.left) / keyBins, SIZE / queryBins]
  SHADES.forEach((shade, level) => {
    let d = ''
    map.forEach((pairs, at) => {
      if (pairs === 0 || Math.min(4, Math.floor(Math.log2(pairs))) !== level) return
      const [x, y] = [panel.left + (at % keyBins) * width, TOP + Math.floor(at / keyBins) * height]
      d += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h-${short(width)}z`
    })
    if (d !== '') panel.path(`f-${colour}`, d, ` fill-opacity="${shade}"`)
  })
}

function sumsByKeyBin({ map, keyBins }: PairFacts): number[] {
  const sums = Array.from({ length: keyBins }, () => 0)
  map.forEach((pairs, at) => (sums[at % keyBins] += pairs))
  return sums
}

function drawSums(panel: Panel, sums: readonly number[], colour: Colour): void {
  const width = (panel.right - panel.left) / sums.length
  const most = Math.max(...sums)
  const bars = sums.map((sum, column) => {
    const x = panel.left + column * width
    return sum === 0 ? '' : `M${short(x)} ${TOP - 2}v-${short((26 * sum) / most)}h${short(width)}V${TOP - 2}z`
  })
  panel.path(`f-${colour}`, bars.join(''))
  // An axis of its own: where the bars begin and where the longest ends.
  const [low, high] = [TOP - 2, TOP - 28]
  panel.path('axis', `M${panel.left - 4} ${high}h4V${low}h-4`)
  panel.text(panel.left - 6, high + 4, count(most), 'tick', 'end')
  panel.text(panel.left - 6, high + 17, SUMS_LABEL, 'lab', 'end')
}

function drawEnds(panel: Panel, n: number, m: number): void {
  const width = panel.right - panel.left
  ;([0, 0.5, 1] as const).forEach((part, i) => {
    const y = TOP + part * SIZE + [10, 4, 0][i]
    const anchor = (['start', 'middle', 'end'] as const)[i]
    const x = panel.left + part * width
    // A number stands at its own place: half of an odd one has none.
    if (Number.isInteger(part * m) || m > 64)
      panel.text(panel.left - 6, y, count(Math.round(part * m)), 'tick', 'end')
    if (Number.isInteger(part * n) || n > 64)
      panel.text(x, TOP + SIZE + 15, count(Math.round(part * n)), 'tick', anchor)
  })
  panel.text(panel.left + width / 2, TOP + SIZE + 30, 'key', 'lab', 'middle')
  panel.text(panel.left - 6, TOP + 26, 'query', 'lab', 'end')
}
