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
  notes,
  sample,
  heads,
}: ReportFacts): string {
  const softmax = heads.some((head) => head.coverage ?? head.softmax)
    ? `<p>Softmax figures are measurements on these queries, ${sample ? 'a sample of them' : 'all of them'}. No guarantee.</p>`
    : ''
  return (
    '<h2>How this was made</h2><div class="end">' +
    `<section><h3>Guarantee</h3><p>${escaped(guarantee)}</p>${softmax}</section>` +
    `<section><h3>Parameters</h3>${definitions(parameters)}</section>` +
    `<section><h3>Time</h3>${times(stages)}</section>${listed('Warnings', warnings)}${listed('Notes', notes)}` +
    `<section><h3>Versions</h3>${definitions(versions)}</section>` +
    `<section class="again"><h3>Again</h3><pre>${commandHtml(command)}</pre></section></div>`
  )
}

function listed(title: string, sentences: readonly string[]): string {
  if (sentences.length === 0) return ''
  return `<section><h3>${title}</h3><ul>${sentences.map((one) => `<li>${escaped(one)}</li>`).join('')}</ul></section>`
}

/** What is longer may be broken anywhere: no line of a phone holds it. */
const LONGEST_WORD = 36

/** Lines end between words, not behind the dashes of an option. */
function commandHtml(command: string): string {
  const words = command.split(' ').map((word) => {
    const html = escaped(word)
    return word.includes('-') && word.length <= LONGEST_WORD ? `<span class="nb">${html}</span>` : html
  })
  return words.join(' ')
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
