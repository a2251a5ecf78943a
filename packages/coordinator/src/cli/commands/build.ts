import { LevError } from '@levattention/core/internal'
import { build } from '../../jobs/build.ts'
import { buildHeads } from '../../jobs/build-heads.ts'
import { withJob } from '../../job/job.ts'
import { defineCommand } from '../options/command.ts'
import {
  causalOption,
  epsilonOptions,
  inputOptions,
  keyRowsOptions,
  keysOption,
  methodOptions,
  outputOptions,
  passesOption,
  planOptions,
  runtimeOptions,
  tightenOption,
} from '../options/common-options.ts'
import { jobOptionsOf, keyRowsOf, planOf, sketchOf, oneMatrix } from '../options/job-options.ts'
import { countOption, listOption, textOption } from '../options/option.ts'
import { dropMissingOf, missingOptions } from '../options/design-options.ts'
import { headsFolder, headInputs, headsOf, headsOptions } from '../options/heads-options.ts'
import { headsText } from '../text/heads-text.ts'
import { searchText } from '../text/search-text.ts'

const { 'query-batches': _, ...keyPlanOptions } = planOptions

export const command = defineCommand({
  name: 'build',
  description:
    'Finds the universal set of the keys: every key that can take a share epsilon of the |q.k|^p attention of any ' +
    'query at all. `query` finds the heavy pairs of queries from it, without the keys.',
  usage: 'KEYS --out u.lev',
  positionals: {
    placeholder: 'KEYS',
    description: 'The keys K [n, d], as with --keys; - for standard input',
    most: 1,
  },
  options: {
    keys: keysOption,
    out: listOption('FILE', '.lev for this program, .npz for NumPy'),
    ...epsilonOptions,
    passes: passesOption,
    causal: {
      ...causalOption,
      description: 'For queries that see keys up to their own position alone; `query` then needs --keys',
    },
    tighten: tightenOption,
    ...methodOptions,
    append: textOption('FILE', 'A .lev of earlier rows that these are added to; its epsilon is the default'),
    'row-offset': countOption(
      'N',
      'Row id of the first row, where K is a part of a larger matrix (for merge); default 0, or behind --append’s',
      0,
    ),
    ...keyRowsOptions,
    ...missingOptions,
    ...headsOptions,
    ...inputOptions,
    ...keyPlanOptions,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    ['build K.npy --out u.lev', 'the keys that can take 0.01 of any query’s attention'],
    ['build K.npy --epsilon 0.05 --out u.lev --out u.npz', 'for NumPy as well: rowIds, bounds, keys, factor'],
    ['build K.npy --causal --out c.lev', 'for causal attention: query --universal c.lev --keys K.npy …'],
    ['build - --dtype f32 --cols 64 --out u.lev', 'keys from a pipe, in one pass'],
    ['build today.npy --append u.lev --out u2.lev', 'more keys, without the earlier ones'],
    [
      'build K.npy --method sketch --delta 1e-9 --out u.lev',
      'by random sketches; a miss has this chance at most',
    ],
    ['build K.npy --p 3 --tighten --out u.lev', '|q.k|^3 attention, with the tightest bounds'],
    ['build part2.npy --row-offset 1000000 --out part2.lev', 'a part of the keys, for `merge`'],
    ['build act.npz#k --heads all --out sets', 'a .lev of each head, for `query`'],
  ],
  undropped,
  async run(values, io) {
    const options = {
      ...values,
      ...planOf(values),
      ...sketchOf(values),
      keys: oneMatrix(values.keys, values.positionals),
      rowOffset: values['row-offset'],
      ...keyRowsOf(values),
      ...dropMissingOf(values, undropped(values)),
      ...headInputs(values),
      stdin: io.stdin,
      signal: io.signal,
    }
    const heads = headsOf(values)
    if (heads !== undefined) {
      const out = headsFolder(onlyFolder(values.out), ['.lev', '.npz'], { concat: values.concat })
      const summary = await withJob(jobOptionsOf(values, io), (job) =>
        buildHeads({ ...options, heads, out }, job),
      )
      return {
        summary,
        text: headsText(summary, ['universalSize', 'universalFraction', 'maxBound', 'condition']),
      }
    }
    return await withJob(jobOptionsOf(values, io), async (job) => {
      const summary = await build(options, job)
      return { summary, text: searchText(summary, job.findings) }
    })
  },
})

/** Throws Option where --out is given twice: the heads have one folder. */
function onlyFolder([out, ...others]: readonly string[]): string | undefined {
  if (others.length === 0) return out
  const message = `--out is given ${others.length + 1} times, and --heads fills one folder; name one`
  throw new LevError('Option', message, { option: 'out' })
}

/** With these no row is dropped. */
function undropped(values: { keys: readonly string[]; positionals: readonly string[] }) {
  return {
    'keys -': [...values.keys, ...values.positionals].includes('-'),
  }
}
