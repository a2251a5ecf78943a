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
]
