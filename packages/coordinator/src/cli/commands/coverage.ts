import { LevError } from '@levattention/core/internal'
import { requireCoverageName } from '../../coverage/coverage-outputs.ts'
import { withJob } from '../../job/job.ts'
import { coverage } from '../../jobs/coverage.ts'
import { extraKeyOptions } from '../options/attend-options.ts'
import { defineCommand } from '../options/command.ts'
import {
  inputOptions,
  keysOption,
  maskOptions,
  outputOptions,
  queriesOption,
  runtimeOptions,
  scaleOption,
  visibilityOptions,
} from '../options/common-options.ts'
import { coverageOptions } from '../options/coverage-options.ts'
import { dropMissingOf, missingOptions } from '../options/design-options.ts'
import { headInputs, headsOf, headsOptions } from '../options/heads-options.ts'
import { jobOptionsOf, visibilityOf } from '../options/job-options.ts'
import { countOption, listOption, textOption } from '../options/option.ts'
import { coverageTables } from '../text/coverage-tables.ts'
import { coverageText } from '../text/coverage-text.ts'

export const command = defineCommand({
  name: 'coverage',
  description:
    'How much softmax attention the keys of a rule hold: leverage beside others, the best keys of each query last. With --values also how far ' +
    'outputs over them are from the full ones. What a rule holds here says how good a stand-in it is for these heads as they are; it guarantees nothing.',
  usage: '--queries Q --keys K [--values V]',
  options: {
    queries: queriesOption,
    keys: keysOption,
    values: listOption('FILE', 'Values V [n, dv], as the keys: outputs are compared too'),
    out: listOption(
      'FILE',
      'A .csv (a line for each head, rule and N), a .json (the whole), a .npz (mass and error of each query)',
    ),
    ...coverageOptions,
    ...extraKeyOptions,
    scale: scaleOption,
    ...maskOptions,
    ...missingOptions,
    ...visibilityOptions,
    seed: countOption('S', 'Which random keys, sampled queries and clusters; default 1', 0),
    'fit-queries': textOption('FILE', 'Queries that rules read in place of Q'),
    ...headsOptions,
    heads: {
      ...headsOptions.heads,
      description: 'Each head of a 3-D, 4-D or 5-D input by itself (2-D: one head), and their mean',
    },
    ...inputOptions,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    ['coverage --queries Q.npy --keys K.npy', 'leverage, norms, random keys and the best, 8 to 64 of them'],
    [
      'coverage --queries Q.npy --keys K.npy --values V.npy --keep 32 --out t.csv --out t.json',
      'and how far outputs over 32 keys are from the full ones',
    ],
    [
      'coverage --queries Q.npy --keys K.npy --select leverage,best,local,accumulated+local --local 3 --grid 8x8',
      'the histograms of the paper: best, near patches, and the keys with most weight beside them',
    ],
    ['coverage --queries Q.npy --keys K.npy --select leverage,tau.npy --causal', 'scores of your own'],
    [
      'coverage --queries Q.npy --keys K.npy --select query-moments,accumulated --holdout',
      'rules that read queries, judged by others',
    ],
    [
      'coverage --queries Q4.npy --keys K4.npy --heads all --layout bhnd --sample 512 --json',
      'every head, by 512 of its queries',
    ],
  ],
  undropped: ({ heads }) => ({ heads }),
  async run(values, io) {
    for (const path of values.out) requireCoverageName(path)
    const prefixTokens = values['prefix-tokens']
    if (prefixTokens !== undefined && values.grid === undefined) {
      const message = '--prefix-tokens says where the cells of a grid begin: add `--grid HxW`'
      throw new LevError('Option', message, { option: 'prefix-tokens' })
    }
    const options = {
      ...values,
      heads: headsOf(values),
      ...headInputs(values),
      ...dropMissingOf(values, { heads: values.heads }),
      ...visibilityOf(values),
      grid: values.grid && { ...values.grid, prefixTokens },
      sinkTokens: values['sink-tokens'],
      restClusters: values['rest-clusters'],
      fitQueries: values['fit-queries'],
      signal: io.signal,
    }
    const summary = await withJob(jobOptionsOf(values, io), (job) => coverage(options, job))
    const quietText = values.out.length > 0 ? '' : coverageTables(summary).join('\n')
    return { summary, text: coverageText(summary, options), quietText, textTo: 'stdout' }
  },
})
