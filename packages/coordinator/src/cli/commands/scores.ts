import { extname } from 'node:path'
import { LevError } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { scores, scoresOfHeads } from '../../jobs/scores.ts'
import { defineCommand } from '../options/command.ts'
import {
  inputOptions,
  keyRowsOptions,
  keysOption,
  outputOptions,
  passesOption,
  planOptions,
  powerOption,
  runtimeOptions,
} from '../options/common-options.ts'
import {
  designOptions,
  dropMissingOf,
  isWeighted,
  missingOptions,
  requireNoDesign,
  weightColumnOf,
} from '../options/design-options.ts'
import { SCORE_FILES } from '../../outputs/score-sink.ts'
import { jobOptionsOf, keyRowsOf, planOf, oneMatrix } from '../options/job-options.ts'
import { headsFolder, headInputs, headsOf, headsOptions } from '../options/heads-options.ts'
import { headsText } from '../text/heads-text.ts'
import { textOption } from '../options/option.ts'
import { scoresText } from '../text/scores-text.ts'

const { 'query-batches': _, ...keyPlanOptions } = planOptions

export const command = defineCommand({
  name: 'scores',
  description:
    'Writes the leverage score of every row: the largest share of |q.k|^2 attention that it can take of any query, and the ' +
    'hat value of a linear model. Their sum is the rank. With --p other than 2: a certified bound of that share of |q.k|^P attention.',
  usage: 'KEYS --out tau.npy',
  positionals: { placeholder: 'KEYS', description: 'The keys K [n, d], as with --keys', most: 1 },
  options: {
    keys: keysOption,
    out: textOption('FILE', 'A .npy for the scores [n], float64, in row order, or a .csv: row, id, score'),
    ...designOptions,
    ...missingOptions,
    p: powerOption,
    passes: passesOption,
    ...keyRowsOptions,
    ...headsOptions,
    ...inputOptions,
    ...keyPlanOptions,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    ['scores K.npy --out tau.npy', "in NumPy: tau = numpy.load('tau.npy')"],
    ['scores K.npy --p 4 --out bounds.npy', 'the most that each key can take of any |q.k|^4 attention'],
    ['scores table.csv --intercept --id name --out tau.csv', 'of a table with row names: hat values'],
    ['scores K4.npy --layout bshd --heads all --out scores', 'a .npy of each head, and heads.csv'],
  ],
  undropped: () => ({}),
  async run(values, io) {
    const options = {
      ...values,
      ...planOf(values),
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
      const out = headsFolder(values.out, ['.npy'], { concat: values.concat })
      const summary = await withJob(jobOptionsOf(values, io), (job) =>
        scoresOfHeads({ ...options, heads, out }, job),
      )
      return { summary, text: headsText(summary, ['rank', 'scoreSum', 'maxBound', 'condition']) }
    }
    requireNamed(options.keys)
    const out = requireScoresName(values.out)
    const summary = await withJob(jobOptionsOf(values, io), (job) => scores({ ...options, out }, job))
    return { summary, text: scoresText(summary, isWeighted(values)) }
  },
})

/** Where nothing is named that is what is missing first. */
function requireNamed(keys: readonly string[]): void {
  if (keys.length > 0) return
  throw new LevError('Option', 'no keys: name a file, as in `--keys keys.npy`', { option: 'keys' })
}

function requireScoresName(out: string | undefined): string {
  if (out !== undefined && SCORE_FILES.some((extension) => extension === extname(out))) return out
  const found = out === undefined ? 'no --out' : `--out ${out}`
  const message = `${found}: the scores go to a .npy or a .csv, as in \`--out tau.npy\``
  throw new LevError('Option', message, { option: 'out' })
}
