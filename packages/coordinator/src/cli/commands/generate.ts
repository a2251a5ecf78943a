import { LevError } from '@levattention/core/internal'
import { generatePlanted } from '../../jobs/generate.ts'
import { withJob } from '../../jobs/job.ts'
import { defineCommand } from '../command.ts'
import { outputOptions, runtimeOptions } from '../common-options.ts'
import { jobOptionsOf } from '../job-options.ts'
import { countOption, textOption } from '../option.ts'
import { summaryText } from '../summary-text.ts'

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
    d: countOption('D', 'Columns', 1, 1024),
    m: countOption('M', 'Queries', 0),
    planted: countOption('N', 'Planted keys; default 200, or all where there are fewer', 0),
    seed: countOption('S', 'Default 1', 0),
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [['generate planted --out data --n 1e6 --d 64 --m 10000', 'a million keys, in seconds']],
  async run(values, io) {
    requirePlanted(values.positionals)
    const options = {
      ...values,
      out: required('out', values.out, 'data'),
      n: required('n', values.n, '1e6'),
      d: required('d', values.d, '64'),
      m: required('m', values.m, '10000'),
    }
    const summary = await withJob(jobOptionsOf(values, io), (job) => generatePlanted(options, job))
    return { summary, text: summaryText(summary) }
  },
})

function requirePlanted([model]: readonly string[]): void {
  if (model === 'planted') return
  const found = model === undefined ? 'no model is named' : `there is no model '${model}'`
  throw new LevError('Option', `${found}; type: generate planted`)
}

function required<T>(option: string, value: T | undefined, example: string): T {
  if (value !== undefined) return value
  throw new LevError('Option', `--${option} is missing; for instance --${option} ${example}`, { option })
}
