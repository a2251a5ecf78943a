import type { Remedy } from '@levattention/core/internal'
import { commandsText } from '../options/other-names.ts'

/** What to type to the command for `remedy`; of missing values missing-advice.ts knows it. `ofHeads`: the commands that take several heads. */
export function remedyText(remedy: Exclude<Remedy, { kind: 'missing' }>, ofHeads: readonly string[]): string {
  if (remedy.kind === 'raw')
    return 'run, curve and others take these by --dtype (f16, bf16, f32 or f64) and --cols'
  if (remedy.kind === 'bfloat16') return 'if these are the bits of bfloat16 numbers, add `--dtype bf16`'
  const commands = ofHeads.length === 0 ? 'commands that take several' : commandsText(ofHeads)
  return `${commands} take each by itself, with --heads all${layoutText(remedy.layout)}`
}

function layoutText(layout: string | undefined): string {
  return layout === undefined ? '' : ` and, where the rows stand before the heads, --layout ${layout}`
}
