import { readdir } from 'node:fs'
import { throwIfAborted } from '../aborts/abort.ts'

/** Entries of folders that are looked at for one pattern: more are a whole file system. */
export const MOST_ENTRIES = 500_000

/**
 * The files that `pattern` matches, in the order of the walk; undefined where it leads through more entries than are looked
 * at. Throws Aborted.
 */
export async function walkPattern(
  pattern: string,
  signal: AbortSignal | undefined,
  mostEntries = MOST_ENTRIES,
): Promise<string[] | undefined> {
  const { glob } = await import('tinyglobby')
  const stop = new AbortController()
  let entryCount = 0
  const counted = ((...args: Parameters<typeof readdir>) => {
    const done = args.pop() as unknown as (error: Error | null, entries: unknown[]) => void
    const count = (error: Error | null, entries: unknown[]): void => {
      entryCount += entries?.length ?? 0
      if (entryCount > mostEntries) stop.abort()
      done(error, entries)
    }
    Reflect.apply(readdir, undefined, [...args, count])
  }) as unknown as typeof readdir
  const found = await glob(pattern, {
    dot: false,
    onlyFiles: true,
    expandDirectories: false,
    fs: { readdir: counted },
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
  })
  throwIfAborted(signal)
  return entryCount > mostEntries ? undefined : found
}
