import { shellWord } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { report, requireHtmlName } from '../../report/make/report.ts'
import { extraKeyOptions } from '../options/attend-options.ts'
import { defineCommand } from '../options/command.ts'
import {
  inputOptions,
  keysOption,
  outputOptions,
  powerOption,
  queriesOption,
  runtimeOptions,
  scaleOption,
  seenOptions,
} from '../options/common-options.ts'
import { designOptions, dropMissingOf, missingOptions, weightColumnOf } from '../options/design-options.ts'
import { headInputs, headsOf, headsOptions } from '../options/heads-options.ts'
import { jobOptionsOf, visibilityOf } from '../options/job-options.ts'
import { reportText } from '../text/report-text.ts'
import { reportOptions } from '../options/report-options.ts'
import { version } from '../text/version.ts'

const { local, grid, 'prefix-tokens': prefixTokens } = extraKeyOptions

export const command = defineCommand({
  name: 'report',
  description:
    'One HTML file that shows which keys matter: of inputs, for which it runs what it takes, or of results that other commands wrote. ' +
    'It needs no network, and is read without script, light and dark, on a phone.',
  usage: '--queries Q --keys K [--values V] --out report.html',
  positionals: {
    placeholder: 'RESULT …',
    description:
      'Files of pairs (.npz), universal sets and coverage, or folders of them; or one matrix K [n, d] without queries',
    most: 1000,
  },
  options: {
    queries: queriesOption,
    keys: keysOption,
    ...reportOptions,
    p: powerOption,
    local,
    grid,
    'prefix-tokens': prefixTokens,
    ...seenOptions,
    scale: scaleOption,
    ...designOptions,
    ...missingOptions,
    ...headsOptions,
    heads: {
      ...headsOptions.heads,
      description: 'Each head of a 3-D, 4-D or 5-D input by itself (2-D: one head), side by side',
    },
    ...inputOptions,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    [
      'report --queries Q.npy --keys K.npy --values V.npy --out report.html',
      'a head: its keys, its pairs, what 32 keys hold',
    ],
    [
      'report --queries Q4.npy --keys K4.npy --heads all --out report.html',
      'every head, and a table of them',
    ],
    [
      'report --queries Q.npy --keys K.npy --grid 8x8 --out report.html',
      'the keys are cells of a picture, which --image F.png adds',
    ],
    [
      'report --queries Q.npy --keys K.npy --causal --p 3 --out report.html',
      'a language model’s head by |q.k|^3',
    ],
    ['report K.npy --out report.html', 'a tall matrix without queries: which rows matter'],
    [
      'report table.csv --intercept --id name --out report.html',
      'a table: the leverage of its rows, by their names',
    ],
    ['report heavy.npz --out report.html --svg plots', 'of results on disk; each plot as a file, too'],
  ],
  undropped: ({ heads }) => ({ heads }),
  async run(values, io) {
    const options = {
      ...values,
      results: values.positionals,
      heads: headsOf(values),
      ...headInputs(values),
      ...weightColumnOf(values),
      ...dropMissingOf(values, { heads: values.heads }),
      ...visibilityOf(values),
      prefixTokens: values['prefix-tokens'],
      out: requireHtmlName(values.out),
      typed: ['levattention', 'report', ...io.args.map(shellWord)].join(' '),
      version: version(),
      signal: io.signal,
    }
    const summary = await withJob(jobOptionsOf(values, io), (job) => report(options, job))
    return { summary, text: reportText(summary) }
  },
})
