import { extname } from 'node:path'
import { LevError } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { run } from '../../jobs/run.ts'
import { runHeads } from '../../jobs/run-heads.ts'

import { defineCommand } from '../options/command.ts'
import {
  checkpointOption,
  epsilonOptions,
  headsOptions,
  inputOptions,
  keysOption,
  maskOptions,
  methodOptions,
  outputOptions,
  pairsOption,
  passesOption,
  planOptions,
  queriesOption,
  runtimeOptions,
  scoresOption,
  signOption,
  softmaxPairsOptions,
  tightenOption,
} from '../options/common-options.ts'
import { textOption } from '../options/option.ts'
import {
  jobOptionsOf,
  planOf,
  sketchOf,
  pairsOut,
  requireHeads,
  visibilityOf,
} from '../options/job-options.ts'
import { summaryText } from '../text/summary-text.ts'

export const command = defineCommand({
  name: 'run',
  description:
    'Finds every pair of a query and a key with at least a share epsilon of the query’s |q.k|^p attention (p = 2 unless --p says otherwise); none is ' +
    'missed. Without --queries the keys are the queries.',
  usage: '--keys K [--queries Q]',
  options: {
    keys: keysOption,
    queries: queriesOption,
    ...epsilonOptions,
    passes: passesOption,
    ...maskOptions,
    ...softmaxPairsOptions,
    tighten: tightenOption,
    ...methodOptions,
    scores: scoresOption,
    out: pairsOption,
    universal: textOption('FILE', 'A .lev for the universal set as well: for `query` and `merge` later'),
    sign: signOption,
    checkpoint: checkpointOption,
    ...headsOptions,
    ...inputOptions,
    ...planOptions,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    [
      'run --keys K.npy --queries Q.npy --out heavy.npz',
      'pairs of at least 1 %; scipy.sparse.load_npz opens the file',
    ],
    ['run --keys - --dtype f32 --cols 64 --queries Q.npy --out heavy.npz', 'keys from a pipe, in one pass'],
    [
      'run --keys K.npy --queries Q.npy --checkpoint DIR --out heavy.npz',
      'after a crash the same line goes on where it ended',
    ],
    ['run --keys K.npy --epsilon 0.05', 'the keys as their own queries; pairs as lines of JSON'],
    [
      'run --keys K.npy --queries Q.npy --causal --out heavy.npz',
      'a language model’s head: query i sees keys 0 to i',
    ],
    ['run --keys K.npy --queries Q.npy --segment 512 --out heavy.npz', 'windows of 512 rows, each by itself'],
    [
      'run --keys K.npy --queries Q.npy --p 4 --scores interval --out heavy.npz',
      '|q.k|^4 attention; keys are read again only for pairs that their intervals leave open',
    ],
    [
      'run --keys K.npy --queries Q.npy --keep 1000 --json',
      'the 1000 keys that can matter most; the summary alone',
    ],
    [
      "run --keys 'k/part*.npy' --concat --queries Q.npy --out heavy.csv",
      'keys in several files, in natural order',
    ],
    [
      'run --keys act.safetensors#k --queries act.safetensors#q --heads all --out heads',
      'each head by itself',
    ],
    [
      'run --keys K4.npy --queries Q4.npy --layout bshd --heads all --out heads',
      'of arrays [batch, rows, heads, columns], as flash-attn and TransformerLens have them',
    ],
  ],
  async run(values, io) {
    const options = {
      ...values,
      ...planOf(values),
      ...sketchOf(values),
      ...visibilityOf(values),
      out: pairsOut(values),
      stdin: io.stdin,
      signal: io.signal,
    }
    const summary = await withJob(jobOptionsOf(values, io), async (job) => {
      const { heads, checkpoint } = values
      requireHeads(values)
      if (heads !== undefined) return await runHeads({ ...options, heads, out: headsFolder(values) }, job)
      const ofOne = { ...options, stdout: io.stdout }
      if (checkpoint === undefined) return await run(ofOne, job)
      const { runCheckpointed } = await import('../../steps/run-checkpointed.ts')
      return await runCheckpointed(ofOne, checkpoint, job)
    })
    return { summary, text: summaryText(summary) }
  },
})

/** Throws Option where an option of one matrix is given with --heads, or the folder is missing. */
function headsFolder(values: {
  out?: string | undefined
  universal?: string | undefined
  checkpoint?: string | undefined
  concat: boolean
}): string {
  const { out, universal, concat, checkpoint } = values
  const clash =
    universal !== undefined
      ? 'universal'
      : checkpoint !== undefined
        ? 'checkpoint'
        : concat
          ? 'concat'
          : undefined
  if (clash !== undefined) {
    const instead = clash === 'checkpoint' ? ', or name one head and its own folder by its index' : ''
    const message = `--${clash} is for one matrix and --heads for several; leave one out${instead}`
    throw new LevError('Option', message, { option: clash })
  }
  if (out !== undefined && out !== '-' && extname(out) !== '.npz') return out
  const message = '--heads writes one file a head into a folder: name it, as in `--out heads`'
  throw new LevError('Option', message, { option: 'out' })
}
