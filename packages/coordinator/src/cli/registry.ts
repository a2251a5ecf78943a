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
]
