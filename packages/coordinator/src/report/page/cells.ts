import { escaped } from '../draw/numbers.ts'
import type { HeadReport } from '../facts/report-facts.ts'

/** A bar of `value` below a number; one that is more than `full` ends in an arrow. */
export function bar(value: number, colour: string, full = 1): string {
  const width = Number((100 * Math.min(1, Math.max(0, value / full))).toFixed(1))
  const over = value > full ? ' over' : ''
  return `<span class="bar"><i class="b-${colour}${over}" style="width:${width}%"></i></span>`
}

/** `name` of a head in the page: what links go to. */
export function anchorOf({ index }: { readonly index: number }): string {
  return `head-${index}`
}

/** Names and values, one below the other. */
export function definitions(entries: readonly (readonly [name: string, value: string])[]): string {
  return `<dl>${entries.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`
}

/** |q·k|² as one reads it, which no line end parts. */
export function attentionHtml(p: number): string {
  return `<span class="nb">|q&middot;k|${powerHtml(p)}</span>`
}

/** Of what a row makes up a part in a direction b: |Xb|², or with weights the weighted sum of (x·b)². */
export function directionHtml({ p, isWeighted = false }: Pick<HeadReport, 'p' | 'isWeighted'>): string {
  if (!isWeighted) return `<span class="nb">|Xb|${powerHtml(p)}</span>`
  const [open, close] = p === 2 ? ['(', ')'] : ['|', '|']
  return `the weighted sum of <span class="nb">${open}x&middot;b${close}${powerHtml(p)}</span>`
}

function powerHtml(p: number): string {
  return p === 2 ? '&sup2;' : p === 3 ? '&sup3;' : `<sup>${p}</sup>`
}
