import { plain } from '../draw/numbers.ts'
import type { HeadReport } from './report-facts.ts'

/** Of what a row makes up a part in a direction b, in words: |Xb|², or with weights the weighted sum of (x·b)². */
export function directionText({ p, isWeighted = false }: Pick<HeadReport, 'p' | 'isWeighted'>): string {
  const power = p === 2 ? '²' : p === 3 ? '³' : `^${plain(p)}`
  if (!isWeighted) return `|Xb|${power}`
  return `the weighted sum of ${p === 2 ? '(x·b)' : '|x·b|'}${power}`
}
