import { LevError, MAX_SAMPLE } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { verify } from '../../verify/verify.ts'
import { defineCommand } from '../options/command.ts'
import {
  epsilonOptions,
  inputOptions,
  keysOption,
  maskOptions,
  queriesOption,
  runtimeOptions,
  signOption,
  softmaxPairsOptions,
} from '../options/common-options.ts'
import { dropMissingOf, missingOptions } from '../options/design-options.ts'
import { jobOptionsOf, visibilityOf } from '../options/job-options.ts'
import { countOption, shareOption, textOption } from '../options/option.ts'
import { verifyText } from '../text/verify-text.ts'

export const command = defineCommand({
  name: 'verify',
  description:
    'Tries a file of heavy pairs against brute force over all keys, for all queries or a sample of them: none may be ' +
    'missed, extra or wrong. Exit code 1 and the first such pair where one is.',
  usage: '--keys K [--queries Q] --heavy F',
  options: {
    keys: keysOption,
    queries: queriesOption,
    heavy: textOption(
      'FILE',
      'The heavy pairs: .npz, .ndjson or .csv; .csv.gz, .ndjson.gz and .parquet as data frames save them',
    ),
    sample: countOption('N', 'Tries N queries, at least one; default: all', 1, MAX_SAMPLE),
    seed: countOption('S', 'Which queries the sample has; default 1', 0),
    epsilon: shareOption('E', 'For files that do not say it (.ndjson, .csv)'),
    p: epsilonOptions.p,
    sign: signOption,
    ...maskOptions,
    ...softmaxPairsOptions,
    ...missingOptions,
    ...inputOptions,
    ...runtimeOptions,
  },
  examples: [
    ['verify --keys K.npy --queries Q.npy --heavy heavy.npz', 'all queries: n m d multiplications'],
    ['verify --keys K.npy --queries Q.npy --heavy heavy.npz --sample 20', '20 queries, in seconds'],
    ['verify --keys K.npy --heavy heavy.csv --epsilon 0.05', 'the keys were their own queries'],
    ['verify --keys K.npy --heavy heavy.csv --epsilon 0.05 --causal', 'a .npz says itself that it is causal'],
    [
      'verify --keys K.npy --queries Q.npy --heavy top.ndjson --attention softmax --top 8',
      'softmax pairs: a .npz says itself what it is about, but for its masks, which are named again',
    ],
  ],
  undropped: () => ({}),
  async run(values, io) {
    const { heavy } = values
    if (heavy === undefined) {
      const message = 'no --heavy: name the file to verify, as in `--heavy heavy.npz`'
      throw new LevError('Option', message, { option: 'heavy' })
    }
    const dropped = dropMissingOf(values, {})
    const options = { ...values, ...visibilityOf(values), ...dropped, heavy, signal: io.signal }
    const summary = await withJob(jobOptionsOf(values, io), (job) => verify(options, job))
    const exitCode = summary.difference === undefined ? 0 : 1
    return { exitCode, summary, text: verifyText(heavy, summary), textTo: 'stdout' }
  },
})
