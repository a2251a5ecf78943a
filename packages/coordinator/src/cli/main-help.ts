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
    ...groupsOf(entries).flatMap(([title, lines]) => [title, columns(lines), '']),
    'Examples',
    ...EXAMPLES.map(([line, meaning]) => `  ${line}\n${wrapped(meaning, 6)}`),
    '',
    wrapped(
      'levattention COMMAND --help shows the options of one, with --all the advanced ones too; levattention --version the version.',
      0,
    ),
  ].join('\n')
}

type Line = readonly [name: string, summary: string]

/** Commands by what people come with. */
const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Heavy attention', ['run', 'curve', 'build', 'query', 'merge']],
  ['Softmax over selected keys', ['attend', 'coverage']],
  ['Rows of a table', ['scores', 'sample']],
  ['Clusters', ['plan', 'step', 'status', 'slurm', 'parallel']],
]
const OTHERS = 'Files and results'

function groupsOf(entries: readonly CommandEntry[]): (readonly [title: string, lines: Line[]])[] {
  const linesOf = (among: readonly CommandEntry[]) => among.map(({ name, summary }): Line => [name, summary])
  const named = GROUPS.map(
    ([title, names]) =>
      [title, linesOf(names.flatMap((name) => entries.find((one) => one.name === name) ?? []))] as const,
  )
  const others = entries.filter(({ name }) => !GROUPS.some(([, names]) => names.includes(name)))
  return [...named.slice(0, -1), [OTHERS, linesOf(others)], ...named.slice(-1)]
}

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['levattention curve K.npy', 'will it help? |U| at a dozen epsilons; writes nothing'],
  [
    'levattention run --keys K.npy --queries Q.npy --epsilon 0.01 --out heavy.npz',
    'every pair with at least 0.01 of its query’s attention; scipy.sparse.load_npz opens the file',
  ],
  ['levattention build K.npy --out u.lev', 'the universal set alone, for queries that come later:'],
  ['levattention query --universal u.lev --queries Q.npy', 'their heavy pairs, as lines of JSON'],
]
