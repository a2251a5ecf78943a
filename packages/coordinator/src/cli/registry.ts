import type { Command } from './command.ts'

/** A command as the list shows it. Its module is loaded only when it runs or its help is asked for. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

/** In the order of the help. */
export const commandEntries: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'From K and Q to every heavy pair: the whole pipeline',
    load: async () => (await import('./commands/run.ts')).command,
  },
  {
    name: 'build',
    summary: 'The universal set of K alone, into a file',
    load: async () => (await import('./commands/build.ts')).command,
  },
  {
    name: 'query',
    summary: 'Heavy pairs of queries from a universal set',
    load: async () => (await import('./commands/query.ts')).command,
  },
  {
    name: 'merge',
    summary: 'Joins universal sets of disjoint rows',
    load: async () => (await import('./commands/merge.ts')).command,
  },
  {
    name: 'curve',
    summary: 'Will it help? The universal set’s size at a dozen epsilons',
    load: async () => (await import('./commands/curve.ts')).command,
  },
  {
    name: 'scores',
    summary: 'The leverage score of every key, into a .npy',
    load: async () => (await import('./commands/scores.ts')).command,
  },
  {
    name: 'sample',
    summary: 'Rows of K drawn by their leverage, with weights',
    load: async () => (await import('./commands/sample.ts')).command,
  },
  {
    name: 'verify',
    summary: 'Tries heavy pairs against brute force',
    load: async () => (await import('./commands/verify.ts')).command,
  },
  {
    name: 'inspect',
    summary: 'What is in a file, and what to type to use it',
    load: async () => (await import('./commands/inspect.ts')).command,
  },
  {
    name: 'plan',
    summary: 'A job as steps for a cluster: its run folder',
    load: async () => (await import('./commands/plan.ts')).command,
  },
  {
    name: 'step',
    summary: 'One step of a planned job: map, merge, finish, query, collect',
    load: async () => (await import('./commands/step.ts')).command,
  },
  {
    name: 'status',
    summary: 'What of a planned job is done, missing or broken',
    load: async () => (await import('./commands/status.ts')).command,
  },
  {
    name: 'slurm',
    summary: 'Submits what a planned job lacks to Slurm',
    load: async () => (await import('./commands/slurm.ts')).command,
  },
  {
    name: 'parallel',
    summary: 'Does what a planned job lacks with GNU parallel',
    load: async () => (await import('./commands/parallel.ts')).command,
  },
  {
    name: 'generate',
    summary: 'Test data with planted heavy keys',
    load: async () => (await import('./commands/generate.ts')).command,
  },
]
