import type { CommandEntry } from './commands/registry.ts'
import { columns, wrapped } from './text/text-layout.ts'

/** The help of all. */
export function mainHelp(entries: readonly CommandEntry[]): string {
  return [
    'levattention COMMAND [options]',
    '',
    wrapped(
      'Every heavy attention of every query, none missed: which keys can ever take a share of epsilon of the ' +
        '|q.k|^2 attention of any query, and which pairs of queries and keys do. Softmax has no such set: run --attention softmax finds its pairs, attend and coverage are about selected keys.',
      2,
    ),
    '',
    'Commands',
    columns(entries.map(({ name, summary }) => [name, summary])),
    '',
    'Examples',
    ...EXAMPLES.map(([line, meaning]) => `  ${line}\n${wrapped(meaning, 6)}`),
    '',
    'levattention COMMAND --help shows the options of one; levattention --version the version.',
  ].join('\n')
}

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['levattention curve K.npy', 'will it help? |U| at a dozen epsilons; writes nothing'],
  [
    'levattention run --keys K.npy --queries Q.npy --epsilon 0.01 --out heavy.npz',
    'every pair with at least 1 % of its query’s attention; scipy.sparse.load_npz opens the file',
  ],
  ['levattention build K.npy --out u.lev', 'the universal set alone, for queries that come later:'],
  ['levattention query --universal u.lev --queries Q.npy', 'their heavy pairs, as lines of JSON'],
]
