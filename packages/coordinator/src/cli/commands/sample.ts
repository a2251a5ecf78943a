import { extname } from 'node:path'
import { LevError } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { sample, sampleOfHeads, type SampleSummary } from '../../jobs/sample.ts'
import { defineCommand } from '../options/command.ts'
import {
  inputOptions,
  keyRowsOptions,
  keysOption,
  outputOptions,
  planOptions,
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
import { jobOptionsOf, keyRowsOf, planOf, oneMatrix } from '../options/job-options.ts'
import { headsFolder, headInputs, headsOf, headsOptions } from '../options/heads-options.ts'
import { headsText } from '../text/heads-text.ts'
import { countOf, countText } from '../text/number-text.ts'
import { countOption, textOption } from '../options/option.ts'
import { type Answer, summaryText } from '../text/summary-text.ts'

const { shards, 'shard-rows': shardRows } = planOptions

export const command = defineCommand({
  name: 'sample',
  description:
    'Draws rows of K by their leverage: each by itself, with a probability proportional to its score or certain, so that ' +
    'sums over the drawn rows, weighted by 1/probability, are unbiased estimates of sums over all. A row is drawn by ' +
    'the seed and its row id, whatever the workers and shards.',
  usage: 'KEYS --rows S --out s.npz',
  positionals: { placeholder: 'KEYS', description: 'The keys K [n, d], as with --keys', most: 1 },
  options: {
    keys: keysOption,
    rows: countOption('S', 'Rows in expectation'),
    seed: countOption('N', 'Which rows; default 1', 0),
    out: textOption('FILE', 'A .npz: rowIds, probabilities, weights, rows, meta'),
    ...designOptions,
    ...missingOptions,
    ...keyRowsOptions,
    ...headsOptions,
    ...inputOptions,
    shards,
    'shard-rows': shardRows,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    ['sample K.npy --rows 1000 --out s.npz', 'a thousand rows or so'],
    ['sample K.npy --rows 1000 --seed 2 --out s2.npz', 'another draw, independent of the first'],
    ['sample act.npz#k --heads all --rows 64 --out samples', 'of each head, as of it alone'],
  ],
  undropped: () => ({}),
  async run(values, io) {
    const options = {
      ...values,
      ...planOf(values),
      keys: oneMatrix(values.keys, values.positionals),
      rows: requireRows(values.rows),
      ...keyRowsOf(values),
      ...weightColumnOf(values),
      ...dropMissingOf(values, {}),
      ...headInputs(values),
      signal: io.signal,
    }
    const heads = headsOf(values)
    if (heads !== undefined) {
      requireNoDesign(values)
      const out = headsFolder(values.out, ['.npz'], { concat: values.concat })
      const summary = await withJob(jobOptionsOf(values, io), (job) =>
        sampleOfHeads({ ...options, heads, out }, job),
      )
      return { summary, text: headsText(summary, ['rowsDrawn', 'rowsCertain', 'rank', 'condition']) }
    }
    const out = requireNpzName(values.out)
    const summary = await withJob(jobOptionsOf(values, io), (job) => sample({ ...options, out }, job))
    return { summary, text: summaryText(summary, answerOf(summary, isWeighted(values))) }
  },
})

/** Of rows with weights. */
const SCALED = 'rows are scaled by the roots of their weights: multiply y by sqrt(weight) too'

function answerOf(
  { n = 0, rowsDrawn, rowsExpected, rowsCertain, probabilitySum }: SampleSummary,
  areScaled: boolean,
): Answer {
  const sum = Number(probabilitySum.toPrecision(12))
  const expected = `${countText(rowsExpected)} were expected`
  return {
    headline: `${countText(rowsDrawn)} of ${countOf(n, 'row')} drawn by their leverage; ${expected}`,
    lines: [
      ['certain', countOf(rowsCertain, 'row')],
      ['probabilities', `those of all rows sum to ${sum}`],
      ...(areScaled ? [['scaled', SCALED] as const] : []),
    ],
  }
}

function requireRows(rows: number | undefined): number {
  if (rows !== undefined) return rows
  const message = 'no --rows: say how many rows to draw, as in `--rows 1000`'
  throw new LevError('Option', message, { option: 'rows' })
}

function requireNpzName(out: string | undefined): string {
  if (out !== undefined && extname(out) === '.npz') return out
  const found = out === undefined ? 'no --out' : `--out ${out}`
  const message = `${found}: the sample goes to a .npz, as in \`--out s.npz\``
  throw new LevError('Option', message, { option: 'out' })
}
