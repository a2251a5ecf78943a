import { createOutput, LevError } from '@levattention/core/internal'
import { checkOutputs } from '../../files/check-outputs.ts'
import { checkOutputFolder, OutputFolder } from '../../files/output-folder.ts'
import { type StagedOutput, withOutputs } from '../../files/output-transaction.ts'
import type { Job } from '../../job/job.ts'
import type { JobSummary } from '../../job/job-summary.ts'
import { figureSvg } from '../draw/figure.ts'
import type { ReportFacts } from '../facts/report-facts.ts'
import { pictureSymbol } from '../plots/picture-plot.ts'
import { plainAnswers } from '../page/answers.ts'
import { headFigures } from '../page/head-section.ts'
import { heroOf, reportPage, headsFigures, sectionsOf } from '../page/page.ts'
import { reportFacts } from './gather.ts'
import type { ReportOptions } from './report-options.ts'

/** What a report says of itself. */
export interface ReportSummary extends JobSummary {
  /** Of the page. */
  readonly htmlBytes: number
  readonly headCount: number
  /** What it calls the rows of K: keys, or rows where no queries are there. */
  readonly noun: 'key' | 'row'
  /** The page's first words: what is asked, and what was found. */
  readonly answers: readonly { readonly question: string; readonly answer: string }[]
  /** What stands in the folder of --svg. */
  readonly pictures?: number
}

/** The page of results on disk or of inputs. Throws LevError of every tag but IncompatibleSummary; then nothing is left. */
export async function report(options: ReportOptions, job: Job): Promise<ReportSummary> {
  const { out, svg, force = false } = options
  checkOutputs([{ path: out, option: 'out' }], force, [
    ...options.keys,
    ...options.queries,
    ...options.values,
  ])
  if (svg !== undefined) checkOutputFolder(svg, force)
  const facts = await reportFacts(options, job)
  const page = Buffer.from(reportPage(facts))
  let pictures = 0
  await withOutputs(async (staged) => {
    staged.add(fileOf(out, force, page))
    if (svg !== undefined) {
      const folder = new OutputFolder(svg, force, (name) => name.endsWith('.svg'))
      staged.add(folder)
      for (const [name, text] of svgFiles(facts)) {
        const output = createOutput(folder.place(name), { shownAs: name })
        output.write(Buffer.from(text))
        await output.commit()
        pictures++
      }
    }
    await job.time('write', () => staged.finish())
  })
  const [{ n, m, d, p, epsilon }] = facts.heads
  return {
    ...job.measured(),
    command: 'report',
    n,
    p,
    epsilon,
    headCount: facts.heads.length,
    noun: facts.noun,
    htmlBytes: page.byteLength,
    answers: plainAnswers(facts),
    ...(d !== undefined && { d }),
    ...(m !== undefined && { m }),
    ...(svg !== undefined && { pictures }),
    inputs: [],
    outputs: svg === undefined ? [out] : [out, svg],
  }
}

function fileOf(path: string, force: boolean, content: Uint8Array): StagedOutput {
  const output = createOutput(path, { force })
  return {
    seal: async () => {
      output.write(content)
      return [await output.seal()]
    },
    discard: () => output.abort(),
  }
}

/** Every plot as a file of its own: head-0003-scores.svg. */
function* svgFiles(facts: ReportFacts): Generator<readonly [name: string, text: string]> {
  const { heads, layout, picture } = facts
  const symbol =
    picture !== undefined && layout.kind === 'grid' ? `<defs>${pictureSymbol(picture, layout)}</defs>` : ''
  const hero = heroOf(facts)
  for (const figure of [...(hero ? [hero] : []), ...(heads.length > 1 ? headsFigures(facts) : [])])
    yield [`${figure.name}.svg`, figureSvg(figure)]
  for (const head of sectionsOf(facts)) {
    const before = heads.length === 1 ? '' : `head-${String(head.index).padStart(4, '0')}-`
    for (const figure of headFigures(head, facts))
      yield [`${before}${figure.name}.svg`, figureSvg(figure, figure.name === 'picture' ? symbol : '')]
  }
}

/** Throws Option where the page has another name than a browser opens. */
export function requireHtmlName(out: string | undefined): string {
  if (out !== undefined && /\.html?$/.test(out)) return out
  const found = out === undefined ? 'no --out' : `--out ${out}`
  throw new LevError('Option', `${found}: a report is one .html file, as in \`--out report.html\``, {
    option: 'out',
  })
}
