import { LevError, MAX_COLS } from '@levattention/core/internal'
import { generatePlanted, type GenerateSummary } from '../../jobs/generate.ts'
import { withJob } from '../../job/job.ts'
import { defineCommand } from '../options/command.ts'
import { outputOptions, runtimeOptions } from '../options/common-options.ts'
import { jobOptionsOf } from '../options/job-options.ts'
import { countOf, numberText } from '../text/number-text.ts'
import { countOption, numberOption, textOption } from '../options/option.ts'
import { type Answer, summaryText } from '../text/summary-text.ts'

export const command = defineCommand({
  name: 'generate',
  description:
    'Makes test data: `planted` writes K.npy, Q.npy and planted.npy, Gaussian keys of which some are scaled to a ' +
    'leverage of about 0.01 to 0.1, and queries of which half point near one of those. Row r is a function of the seed ' +
    'and r alone.',
  usage: 'planted --out DIR --n N --d D --m M',
  positionals: { placeholder: 'planted', description: 'The model', most: 1 },
  options: {
    out: textOption('DIR', 'Folder for K.npy, Q.npy and planted.npy; made where it is missing'),
    n: countOption('N', 'Keys; 1e6 is a number', 0),
    d: countOption('D', 'Columns', 1, MAX_COLS),
    m: countOption('M', 'Queries', 0),
    planted: countOption('N', 'Planted keys; default 200, or all where there are fewer', 0),
    noise: numberOption('V', 'Unit relevant keys amid noise of variance V an entry instead; default 1/n'),
    coherence: numberOption(
      'C',
      'As --noise: sum of a relevant key’s squared cosines with the others; default 0',
    ),
    seed: countOption('S', 'Default 1', 0),
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    ['generate planted --out data --n 1e6 --d 64 --m 10000', 'a million keys, in seconds'],
    [
      'generate planted --out data --n 1e6 --d 64 --m 1000 --planted 20 --noise 1e-6 --coherence 2',
      'unit keys with known leverage amid noise',
    ],
  ],
  async run(values, io) {
    requirePlanted(values.positionals)
    const options = {
      ...values,
      out: required('out', values.out, 'planted'),
      n: required('n', values.n, '1e6'),
      d: required('d', values.d, '64'),
      m: required('m', values.m, '10000'),
    }
    const summary = await withJob(jobOptionsOf(values, io), (job) => generatePlanted(options, job))
    return { summary, text: summaryText(summary, answerOf(summary)) }
  },
})

/** What was made, and what is known of it before anything is computed from it. */
function answerOf({ n = 0, d = 0, m = 0, relevantLeverage, noiseLeverage }: GenerateSummary): Answer {
  const headline = `${countOf(n, 'key')} and ${countOf(m, 'query')} of ${countOf(d, 'column')}`
  if (relevantLeverage === undefined || noiseLeverage === undefined) return { headline }
  const [relevant, noise] = [numberText(relevantLeverage), numberText(noiseLeverage)]
  const predicted = `${relevant} of each relevant key, ${noise} of a noise key at the most`
  return { headline, lines: [['predicted leverage', predicted]] }
}

function requirePlanted([model]: readonly string[]): void {
  if (model === 'planted') return
  const found = model === undefined ? 'no model is named' : `there is no model '${model}'`
  const message = `${found}; it is planted, as in \`levattention generate planted --out data --n 1000 --d 8 --m 100\``
  throw new LevError('Option', message)
}

function required<T>(option: string, value: T | undefined, example: string): T {
  if (value !== undefined) return value
  throw new LevError('Option', `--${option} is missing; for instance \`--${option} ${example}\``, { option })
}
