import { withJob } from '../../job/job.ts'
import { attend } from '../../jobs/attend.ts'
import { requireExtension, requireNpyName, selectionOptions } from '../options/attend-options.ts'
import { defineCommand } from '../options/command.ts'
import {
  inputOptions,
  keysOption,
  maskOptions,
  outputOptions,
  powerOption,
  queriesOption,
  runtimeOptions,
  scaleOption,
  visibilityOptions,
} from '../options/common-options.ts'
import { dropMissingOf, missingOptions } from '../options/design-options.ts'
import { headInputs, headsOf, headsOptions } from '../options/heads-options.ts'
import { jobOptionsOf, visibilityOf } from '../options/job-options.ts'
import { choiceOption, countOption, listOption, shareOption, textOption } from '../options/option.ts'
import { attendText } from '../text/attend-text.ts'

export const command = defineCommand({
  name: 'attend',
  description:
    'Softmax attention over selected keys, renormalised over them: those that a rule ranks first (leverage unless --select says otherwise), local ones, ' +
    'the first ones. A selection is a rule, not a guarantee. One of --keep, --epsilon, --ids and --full says how many.',
  usage: '--queries Q --keys K --values V --keep N --out O.npy',
  options: {
    queries: queriesOption,
    keys: keysOption,
    values: listOption('FILE', 'Values V [n, dv], as the keys: their rows and heads'),
    out: textOption('FILE', 'A .npy of the axes of Q, its last that of V; [I, m, dv] of --heads I,J'),
    ...selectionOptions,
    epsilon: shareOption('E', 'Or the keys whose leverage is at least E'),
    attention: choiceOption(['softmax', 'power'], 'softmax (default): exp(S q.k); power: |q.k|^P'),
    scale: scaleOption,
    p: powerOption,
    ...maskOptions,
    ...missingOptions,
    ...visibilityOptions,
    seed: countOption('S', 'Which random keys, sampled queries and clusters; default 1', 0),
    'fit-queries': textOption('FILE', 'Queries that rules read in place of Q'),
    'out-dtype': choiceOption(['f32', 'f64'], 'Of --out; default f64 where an input is, else f32'),
    lse: textOption('FILE', 'A .npy for the logarithm of each row’s sum of weights, float64'),
    selected: textOption('FILE', 'A .npz for the keys of the rule: ids, offsets, keyHeads'),
    ...headsOptions,
    heads: {
      ...headsOptions.heads,
      description:
        'Each head of a 3-D, 4-D or 5-D input by itself (2-D: one head), all of them in the one array of --out',
    },
    ...inputOptions,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    [
      'attend --queries Q.npy --keys K.npy --values V.npy --keep 32 --out O.npy',
      'over the 32 keys of the largest leverage',
    ],
    [
      'attend --queries Q.npy --keys K.npy --values V.npy --keep 64 --local 3 --grid 14x14 --out O.npy',
      'and the cells near each patch of an image; behind a class token with --prefix-tokens 1',
    ],
    [
      'attend --queries Q.npy --keys K.npy --values V.npy --select local --local 255 --causal --out O.npy',
      'the last 256 keys; --select local+sinks --sink-tokens 4: and the first 4, as StreamingLLM',
    ],
    [
      'attend --queries Q.npy --keys K.npy --values V.npy --heads all --layout bshd --keep 32 --out O.npy',
      'every head; one selection a head of keys',
    ],
    [
      'attend --queries Q.npy --keys K.npy --values V.npy --keep 32 --rest-clusters 32 --out O.npy',
      'the keys left out as 32 clusters',
    ],
    ['attend --queries Q.npy --keys K.npy --values V.npy --full --causal --out O.npy', 'full attention'],
  ],
  undropped: ({ heads }) => ({ heads }),
  async run(values, io) {
    requireExtension('lse', values.lse, '.npy', 'L')
    requireExtension('selected', values.selected, '.npz', 'S')
    const options = {
      ...values,
      ...visibilityOf(values),
      heads: headsOf(values),
      ...headInputs(values),
      ...dropMissingOf(values, { heads: values.heads }),
      prefixTokens: values['prefix-tokens'],
      sinkTokens: values['sink-tokens'],
      restClusters: values['rest-clusters'],
      fitQueries: values['fit-queries'],
      outDtype: values['out-dtype'],
      out: requireNpyName(values.out),
      signal: io.signal,
    }
    const summary = await withJob(jobOptionsOf(values, io), (job) => attend(options, job))
    return { summary, text: attendText(summary) }
  },
})
