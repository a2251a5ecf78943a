import { extname } from 'node:path'
import { LevError } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { query } from '../../jobs/query.ts'
import { defineCommand } from '../options/command.ts'
import {
  epsilonOptions,
  estimateOptions,
  inputOptions,
  keysOption,
  outputOptions,
  pairsOption,
  planOptions,
  queriesOption,
  queryStartOption,
  runtimeOptions,
  scoresOption,
  signOption,
  visibilityOptions,
} from '../options/common-options.ts'
import { dropMissingOf, missingOptions } from '../options/design-options.ts'
import { jobOptionsOf, keyRowsOf, planOf, pairsOut } from '../options/job-options.ts'
import { textOption } from '../options/option.ts'
import { searchText } from '../text/search-text.ts'

export const command = defineCommand({
  name: 'query',
  description:
    'Finds every heavy pair of queries from a universal set, without the keys. Queries that its certificate does not ' +
    'cover are listed as uncertified, or decided exactly where --keys names the keys it was built from.',
  usage: '--universal u.lev --queries Q',
  options: {
    universal: textOption(
      'FILE',
      'A .lev of build, merge, or run with --universal; of p = 2 also the .npz of build or merge',
    ),
    queries: queriesOption,
    keys: {
      ...keysOption,
      description:
        'The keys it was built from, for queries outside its certificate and, P other than 2, exact scores; a causal .lev needs them',
    },
    epsilon: { ...epsilonOptions.epsilon, description: 'Default the file’s; a lower one it does not cover' },
    p: { ...epsilonOptions.p, description: 'The file’s: another is refused' },
    'query-start': {
      ...queryStartOption,
      description: 'Of a causal .lev: query i stands at key P + i; needed where Q has not as many rows as K',
    },
    scores: scoresOption,
    delta: estimateOptions.delta,
    seed: estimateOptions.seed,
    out: pairsOption,
    sign: signOption,
    'key-rows': {
      ...visibilityOptions['key-rows'],
      description: 'With --keys: the keys A to B-1 alone took part; default what the file says',
    },
    'query-rows': visibilityOptions['query-rows'],
    'key-mask': {
      ...visibilityOptions['key-mask'],
      description: 'With --keys: the mask that the set was built with',
    },
    'query-mask': visibilityOptions['query-mask'],
    ...missingOptions,
    ...inputOptions,
    'fan-in': {
      ...planOptions['fan-in'],
      description: 'With --keys: parts merged at a time where they are read again for a query',
    },
    'query-batches': planOptions['query-batches'],
    ...runtimeOptions,
    ...outputOptions,
  },
  examples: [
    [
      'query --universal u.lev --queries Q.npy --out heavy.npz',
      'pairs at the epsilon that u.lev was built for',
    ],
    ['query --universal u.lev --queries Q.npy --epsilon 0.1', 'only pairs of at least 0.1, as lines of JSON'],
    [
      'query --universal u.lev --queries - --dtype f32 --cols 64',
      'queries from a pipe, of any format but .npz',
    ],
    ['query --universal u.lev --queries Q.npy --keys K.npy --out heavy.npz', 'no query is left undecided'],
    [
      'query --universal c.lev --queries Q.npy --keys K.npy --query-start 1000',
      'of a causal c.lev: the first query stands at key 1000',
    ],
  ],
  undropped: () => ({}),
  async run(values, io) {
    const { universal } = values
    if (universal === undefined) {
      const message = 'no universal set: name one, as in `--universal u.lev`; build makes it'
      throw new LevError('Option', message, { option: 'universal' })
    }
    requireNotSwapped(universal, values.queries)
    const options = {
      ...values,
      ...planOf(values),
      ...keyRowsOf(values),
      ...dropMissingOf(values, {}),
      queryRows: values['query-rows'],
      queryMaskFile: values['query-mask'],
      queryStart: values['query-start'],
      universal,
      out: pairsOut(values),
      stdin: io.stdin,
      stdout: io.stdout,
      signal: io.signal,
    }
    return await withJob(jobOptionsOf(values, io), async (job) => {
      const summary = await query(options, job)
      return { summary, text: searchText(summary, job.findings) }
    })
  },
})

/** Throws Option where the names say that the universal set and the queries have changed places. */
function requireNotSwapped(universal: string, queries: readonly string[]): void {
  const lev = queries.find((file) => extname(file) === '.lev')
  if (lev === undefined || extname(universal) === '.lev') return
  const message = `--queries ${lev} is a universal set by its name; exchange the two`
  throw new LevError('Option', message, { option: 'queries' })
}
