import { LevError } from '@levattention/core/internal'

/**
 * Where a command with pairs sends them: --out, or standard output; under --json without --out nowhere, since standard
 * output is the summary's. Throws Option for --out - under --json.
 */
export function pairsOut({ out, json }: { out?: string | undefined; json: boolean }): string | undefined {
  if (!json) return out ?? '-'
  if (out !== '-') return out
  const message = '--out - and --json both want standard output; leave one out, or name a file'
  throw new LevError('Option', message, { option: 'out' })
}
