import type { Remedy } from '@levattention/core/internal'

/** What to type to the command for `remedy`. */
export function remedyText(remedy: Remedy): string {
  if (remedy.kind === 'raw')
    return 'run, curve and others take these by --dtype (f16, bf16, f32 or f64) and --cols'
  if (remedy.kind === 'missing')
    return 'scores, curve, sample, build, run, query and verify leave such rows out with --drop-missing'
  if (remedy.kind === 'bfloat16') return 'if these are the bits of bfloat16 numbers, add `--dtype bf16`'
  return `run, build, curve, attend, coverage, scores and sample take each by itself, with --heads all${layoutText(remedy.layout)}`
}

function layoutText(layout: string | undefined): string {
  return layout === undefined ? '' : ` and, where the rows stand before the heads, --layout ${layout}`
}
