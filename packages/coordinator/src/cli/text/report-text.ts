import type { ReportSummary } from '../../report/make/report.ts'
import { countText, countOf, numberText } from './number-text.ts'
import { warningLines } from './summary-text.ts'
import { wrapped } from './text-layout.ts'

/** The summary of `report`: what the page says first, then what was written. */
export function reportText(summary: ReportSummary): string {
  const { headCount, noun, htmlBytes, outputs, seconds, pictures = 0, n = 0, answers } = summary
  const each = countOf(n, noun)
  const many = noun === 'row' ? 'matrices' : 'heads'
  const heads = headCount === 1 ? each : `${countText(headCount)} ${many} of ${each}`
  const told = answers.flatMap(({ question, answer }) => [wrapped(question, 2), wrapped(answer, 4)])
  const drawn = pictures > 0 ? `, and ${countOf(pictures, 'picture')} in ${outputs[1]}` : ''
  return [
    `levattention report: ${heads}`,
    '',
    ...told,
    '',
    ...warningLines(summary),
    `  written  ${outputs[0]} (${countText(Math.ceil(htmlBytes / 1000))} kB)${drawn}`,
    `  time     ${numberText(Number(seconds.total.toPrecision(3)))} s`,
  ].join('\n')
}
