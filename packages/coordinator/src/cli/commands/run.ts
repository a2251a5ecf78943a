import { type Job, withJob } from '../../job/job.ts'
import { run } from '../../jobs/run.ts'
import { runHeads } from '../../jobs/run-heads.ts'
import { runSoftmaxHeads } from '../../jobs/run-softmax-heads.ts'
import type { JobSummary } from '../../job/job-summary.ts'

import { defineCommand, type Outcome } from '../options/command.ts'
import {
  checkpointOption,
  epsilonOptions,
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
import { dropMissingOf, missingOptions } from '../options/design-options.ts'
import { headsFolder, headInputs, headsOf, headsOptions, requireNoneOf } from '../options/heads-options.ts'
import { textOption } from '../options/option.ts'
import { jobOptionsOf, planOf, sketchOf, pairsOut, visibilityOf } from '../options/job-options.ts'
import { headsText } from '../text/heads-text.ts'
import { searchText } from '../text/search-text.ts'

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
    ...missingOptions,
    ...headsOptions,
    ...inputOptions,
    ...planOptions,
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    [
      'run --keys K.npy --queries Q.npy --out heavy.npz',
      'pairs of at least 0.01; scipy.sparse.load_npz opens the file',
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
      'run --attention softmax --keys K.npy --queries Q.npy --causal --epsilon 0.001 --out h.npz',
      'the exact pairs of softmax attention, with the log-sum-exp of each row',
    ],
    [
      'run --attention softmax --keys K.npy --queries Q.npy --top 8 --out top.ndjson',
      'the 8 keys that each query attends to most',
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
  undropped,
  async run(values, io) {
    const options = {
      ...values,
      ...planOf(values),
      // A seed of softmax is refused as such.
      ...(values.attention === 'softmax' ? {} : sketchOf(values)),
      ...visibilityOf(values),
      ...headInputs(values),
      ...dropMissingOf(values, undropped(values)),
      out: pairsOut(values),
      stdin: io.stdin,
      signal: io.signal,
    }
    const { checkpoint, universal, concat, attention } = values
    const heads = headsOf(values)
    return await withJob(jobOptionsOf(values, io), async (job) => {
      if (heads !== undefined) {
        const ofOne = { universal, checkpoint, concat }
        requireNoneOf(ofOne)
        // Pairs go nowhere: the summary is what is asked for.
        const isSummary = values.json && values.out === undefined
        const out = isSummary ? undefined : headsFolder(values.out, ['.npz'], ofOne)
        if (attention === 'softmax') {
          const found = await runSoftmaxHeads({ ...options, heads, out }, job)
          return { summary: found, text: headsText(found, SOFTMAX_FACTS) }
        }
        const found = await runHeads({ ...options, heads, out }, job)
        return { summary: found, text: headsText({ ...found, heads: found.heads ?? [] }, POWER_FACTS) }
      }
      // What came through a pipe cannot be read by a later run.
      const ofOne = {
        ...options,
        stdout: io.stdout,
        ...(checkpoint === undefined ? {} : { stdin: undefined }),
      }
      if (checkpoint === undefined) return told(await run(ofOne, job), job)
      const { runCheckpointed } = await import('../../steps/run-checkpointed.ts')
      return told(await runCheckpointed(ofOne, checkpoint, job), job)
    })
  },
})

/** What tables of heads show. */
const POWER_FACTS = ['universalSize', 'universalFraction', 'maxBound', 'pairs']
const SOFTMAX_FACTS = ['pairs', 'heavyMassMean', 'negativeDotShare', 'emptyRows', 'float64Rows']

function told(summary: JobSummary, { findings }: Job): Outcome {
  return { summary, text: searchText(summary, findings) }
}

/** With these no row is dropped. */
function undropped(values: { keys: readonly string[] }) {
  return {
    'keys -': values.keys.includes('-'),
  }
}
