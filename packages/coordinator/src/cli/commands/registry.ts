import type { Command } from '../options/command.ts'

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
    load: async () => (await import('./run.ts')).command,
  },
  {
    name: 'build',
    summary: 'The universal set of K alone, into a file',
    load: async () => (await import('./build.ts')).command,
  },
  {
    name: 'query',
    summary: 'Heavy pairs of queries from a universal set',
    load: async () => (await import('./query.ts')).command,
  },
  {
    name: 'merge',
    summary: 'Joins universal sets of disjoint rows',
    load: async () => (await import('./merge.ts')).command,
  },
  {
    name: 'curve',
    summary: 'Will it help? The universal set’s size at a dozen epsilons',
    load: async () => (await import('./curve.ts')).command,
  },
  {
    name: 'scores',
    summary: 'The leverage score of every key, into a .npy',
    load: async () => (await import('./scores.ts')).command,
  },
  {
    name: 'sample',
    summary: 'Rows of K drawn by their leverage, with weights',
    load: async () => (await import('./sample.ts')).command,
  },
  {
    name: 'verify',
    summary: 'Tries heavy pairs against brute force',
    load: async () => (await import('./verify.ts')).command,
  },
  {
    name: 'inspect',
    summary: 'What is in a file, and what to type to use it',
    load: async () => (await import('./inspect.ts')).command,
  },
  {
    name: 'plan',
    summary: 'A job as steps for a cluster: its run folder',
    load: async () => (await import('./plan.ts')).command,
  },
  {
    name: 'step',
    summary: 'One step of a planned job: map, merge, finish, query, collect',
    load: async () => (await import('./step.ts')).command,
  },
  {
    name: 'status',
    summary: 'What of a planned job is done, missing or broken',
    load: async () => (await import('./status.ts')).command,
  },
  {
    name: 'slurm',
    summary: 'Submits what a planned job lacks to Slurm',
    load: async () => (await import('./slurm.ts')).command,
  },
  {
    name: 'parallel',
    summary: 'Does what a planned job lacks with GNU parallel',
    load: async () => (await import('./parallel.ts')).command,
  },
  {
    name: 'generate',
    summary: 'Test data with planted heavy keys',
    load: async () => (await import('./generate.ts')).command,
  },
]
