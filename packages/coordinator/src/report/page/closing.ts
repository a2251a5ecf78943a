import { escaped, share } from '../draw/numbers.ts'
import type { ReportFacts } from '../facts/report-facts.ts'
import { bar, definitions } from './cells.ts'

/** What is certain, what was asked for, how long it took, and how to do it again. */
export function closing({
  guarantee,
  parameters,
  stages,
  versions,
  command,
  warnings,
  sample,
  heads,
}: ReportFacts): string {
  const measured = heads.some(({ coverage, softmax }) => coverage ?? softmax)
    ? `<p>Softmax figures are measurements on these queries, ${sample ? 'a sample of them' : 'all of them'}. No guarantee.</p>`
    : ''
  const warned =
    warnings.length === 0
      ? ''
      : `<section><h3>Warnings</h3><ul>${warnings.map((warning) => `<li>${escaped(warning)}</li>`).join('')}</ul></section>`
  return (
    '<h2>How this was made</h2><div class="end">' +
    `<section><h3>Guarantee</h3><p>${escaped(guarantee)}</p>${measured}</section>` +
    `<section><h3>Parameters</h3>${definitions(parameters)}</section>` +
    `<section><h3>Time</h3>${times(stages)}</section>${warned}` +
    `<section><h3>Versions</h3>${definitions(versions)}</section>` +
    `<section class="again"><h3>Again</h3><pre>${escaped(command)}</pre></section></div>`
  )
}

function times(stages: ReportFacts['stages']): string {
  const most = Math.max(...stages.map(([, seconds]) => seconds), 1e-9)
  const rows = stages
    .filter(([, seconds]) => seconds >= 5e-4)
    .map(
      ([name, seconds]) =>
        `<dt>${escaped(name)}</dt><dd>${secondsText(seconds)}${bar(seconds / most, 'ink')}</dd>`,
    )
  return `<dl>${rows.join('')}</dl>`
}

function secondsText(seconds: number): string {
  return `${seconds < 10 ? share(Math.round(seconds * 1000) / 1000) : seconds.toFixed(1)} s`
}
