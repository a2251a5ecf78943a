import { curve, curveOfHeads } from '../../jobs/curve.ts'
import { withJob } from '../../job/job.ts'
import { defineCommand } from '../options/command.ts'
import {
  inputOptions,
  keyRowsOptions,
  keysOption,
  methodOptions,
  outputOptions,
  passesOption,
  planOptions,
  powerOption,
  runtimeOptions,
} from '../options/common-options.ts'
import {
  designOptions,
  dropMissingOf,
  missingOptions,
  isOfTable,
  isWeighted,
  requireNoDesign,
  weightColumnOf,
} from '../options/design-options.ts'
import { TURNED } from '../../job/quiet-notes.ts'
import { curvesText, curveText, rowsCurveText } from '../text/curve-text.ts'
import { headInputs, headsOf, headsOptions, requireNoneOf } from '../options/heads-options.ts'
import { pictureOption } from '../options/report-options.ts'
import { curvePicture } from '../../report/make/curve-picture.ts'
import { jobOptionsOf, keyRowsOf, planOf, sketchOf, oneMatrix } from '../options/job-options.ts'

const { 'query-batches': _, ...keyPlanOptions } = planOptions

export const command = defineCommand({
  name: 'curve',
  description:
    'Tells whether a universal set will help with these keys: its size at a dozen epsilons, and the largest share of ' +
    '|q.k|^p attention that any key can ever take. Writes nothing but the picture of --svg.',
  usage: 'KEYS',
  positionals: { placeholder: 'KEYS', description: 'The keys K [n, d], as with --keys', most: 1 },
  options: {
    keys: keysOption,
    p: powerOption,
    passes: passesOption,
    ...methodOptions,
    ...designOptions,
    ...missingOptions,
    ...keyRowsOptions,
    ...headsOptions,
    heads: {
      ...headsOptions.heads,
      description: 'Each head of a 3-D, 4-D or 5-D input by itself (2-D: one head): a line of a table',
    },
    ...inputOptions,
    ...keyPlanOptions,
    ...runtimeOptions,
    svg: pictureOption,
    force: outputOptions.force,
  },
  examples: [
    ['curve K.npy', 'how many keys can matter, at each epsilon'],
    ["curve 'act.npz#k[0,3]' --json", 'of one head; the same as JSON'],
    ['curve K.npy --svg curve.svg', 'the same as a picture'],
    ['curve act.npz#k --heads all', 'a line for each head'],
    ["curve --keys 'k-*.npy' --as-heads", 'of heads in files of their own'],
  ],
  undropped: () => ({}),
  async run(values, io) {
    const options = {
      ...values,
      ...planOf(values),
      ...sketchOf(values),
      keys: oneMatrix(values.keys, values.positionals),
      ...keyRowsOf(values),
      ...weightColumnOf(values),
      ...dropMissingOf(values, {}),
      ...headInputs(values),
      signal: io.signal,
    }
    const heads = headsOf(values)
    if (heads !== undefined) {
      requireNoDesign(values)
      requireNoneOf({ concat: values.concat, svg: values.svg })
      const summary = await withJob(jobOptionsOf(values, io), (job) =>
        curveOfHeads({ ...options, heads }, job),
      )
      return { summary, text: curvesText(summary), textTo: 'stdout' }
    }
    const { svg, force } = values
    const summary = await withJob(jobOptionsOf(values, io), (job) =>
      svg === undefined ? curve(options, job) : curvePicture(options, { svg, force }, job),
    )
    const isTable = isOfTable(values) || summary.warnings.some(({ code }) => code === TURNED)
    const text = isTable ? rowsCurveText(summary, isWeighted(values)) : curveText(summary)
    return { summary, text, textTo: 'stdout' }
  },
})
