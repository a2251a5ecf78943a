import type { Command } from '../options/command.ts'
import type { Takers } from '../options/other-names.ts'

/** A command as the list shows it. Its module is loaded only when it runs or its help is asked for. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

/** In the order of the help. */
export const commandEntries: readonly CommandEntry[] = [
  entry('run', 'From K and Q to every heavy pair: the whole pipeline', () => import('./run.ts')),
  entry('build', 'The universal set of K alone, into a file', () => import('./build.ts')),
  entry('query', 'Heavy pairs of queries from a universal set', () => import('./query.ts')),
  entry('merge', 'Joins universal sets of disjoint rows', () => import('./merge.ts')),
  entry('curve', 'Will it help? The universal set’s size at a dozen epsilons', () => import('./curve.ts')),
  entry('attend', 'Softmax attention over selected keys, one array out', () => import('./attend.ts')),
  entry(
    'coverage',
    'How much softmax attention selected keys hold, rule by rule',
    () => import('./coverage.ts'),
  ),
  entry('report', 'All of it to look at: one HTML file', () => import('./report.ts')),
  entry('scores', 'The leverage score of every row, into a .npy or .csv', () => import('./scores.ts')),
  entry('sample', 'Rows of K drawn by their leverage, with weights', () => import('./sample.ts')),
  entry('verify', 'Tries heavy pairs against brute force', () => import('./verify.ts')),
  entry('inspect', 'What is in a file, and what to type to use it', () => import('./inspect.ts')),
  entry('plan', 'A job as steps for a cluster: its run folder', () => import('./plan.ts')),
  entry('step', 'One step of a planned job: map, merge, finish, query, collect', () => import('./step.ts')),
  entry('status', 'What of a planned job is done, missing or broken', () => import('./status.ts')),
  entry('slurm', 'Submits what a planned job lacks to Slurm', () => import('./slurm.ts')),
  entry('parallel', 'Does what a planned job lacks with GNU parallel', () => import('./parallel.ts')),
  entry('generate', 'Test data with planted heavy keys', () => import('./generate.ts')),
  entry('bench', 'Measures this machine: ours beside NumPy, SciPy and R', () => import('./bench.ts')),
  entry('build-native', 'Compiles faster kernels on this machine, once', () => import('./build-native.ts')),
]

/** Of all commands, whose modules are loaded for it: where an error is told. */
export async function optionTakers(): Promise<Takers> {
  const takers = new Map<string, string[]>()
  for (const { name, options } of await Promise.all(commandEntries.map(async (one) => await one.load())))
    for (const option of Object.keys(options)) takers.set(option, [...(takers.get(option) ?? []), name])
  return takers
}

function entry(name: string, summary: string, load: () => Promise<{ command: Command }>): CommandEntry {
  return { name, summary, load: async () => (await load()).command }
}
