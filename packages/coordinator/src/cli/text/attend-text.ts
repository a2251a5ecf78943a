import type { AttendFacts } from '../../attend/attend-facts.ts'
import type { JobSummary } from '../../job/job-summary.ts'
import { countOf, numberText } from './number-text.ts'
import { type Line, summaryText } from './summary-text.ts'

/** The summary of `attend` for people. */
export function attendText(summary: JobSummary & AttendFacts): string {
  const { select, emptyRows = 0, selfRows = 0 } = summary
  const lines: Line[] = [
    ...(select === undefined ? [] : [['selection', selectionText({ ...summary, select })] as const]),
    ...keptLine(summary),
    ...(emptyRows > 0
      ? [['empty rows', `${countOf(emptyRows, 'query')} without a key: zeros`] as const]
      : []),
    ...(selfRows > 0
      ? [['self rows', `${countOf(selfRows, 'query')} with no other key than their own`] as const]
      : []),
  ]
  return summaryText(summary, { headline: headlineOf(summary), lines })
}

/** How many keys took the place of how many. */
function headlineOf(summary: JobSummary & AttendFacts): string {
  const { m = 0, n = 0, headCount, keysPerRow, queriesSeen = m, keysSeen = n } = summary
  const heads = headCount === undefined ? '' : ` in each of ${countOf(headCount, 'head')}`
  const queries = `the attention of ${countOf(queriesSeen, 'query')}${heads}`
  if (keysPerRow === undefined) return `${queries} over no key`
  return `${queries} over ${numberText(keysPerRow)} of ${countOf(keysSeen, 'key')} each, on average${headCount === undefined ? '' : ' over queries'}`
}

/** What the fixed sets of all heads came to. */
function keptLine({ select, keysKept, keep, segment, headCount, causal = false }: JobSummary & AttendFacts) {
  // Of every key there is nothing chosen to tell.
  if (
    select === 'full' ||
    keysKept === undefined ||
    (keysKept === keep && headCount === undefined && !causal)
  )
    return []
  const texts = [
    numberText(keysKept) + (segment === undefined ? '' : ' of all segments'),
    headCount === undefined ? '' : 'on average over the heads of keys',
    causal && keysKept > 0 ? 'chosen by all keys, later ones too' : '',
  ]
  return [['keys kept', texts.filter((text) => text !== '').join('; ')] as const]
}

type Selected = JobSummary & AttendFacts & { readonly select: string }

/** Rule and number, then what stands beside them. */
function selectionText(summary: Selected): string {
  const { local, grid, sinkTokens, restClusters, seed, segment } = summary
  const each = segment === undefined ? '' : ' of each segment'
  const texts = [
    fixedText(summary),
    local === undefined ? '' : `local keys within ${local}${grid ? gridText(grid) : ''}`,
    sinkTokens === undefined ? '' : `the first ${countOf(sinkTokens, 'key')}`,
    restClusters === undefined ? '' : `the rest as ${countOf(restClusters, 'cluster')}${each}`,
    seed === undefined ? '' : `seed ${seed}`,
  ]
  return texts.filter((text) => text !== '').join('; ')
}

function fixedText({ select, keep, epsilon, segment }: Selected): string {
  if (select === 'full') return 'every key'
  if (select === 'none') return ''
  if (select === 'ids') return 'the keys of --ids'
  if (epsilon !== undefined) return `${select}, ${numberText(epsilon)} or more`
  return `${select}, ${countOf(keep ?? 0, 'key')}${segment === undefined ? '' : ' of each segment'}`
}

function gridText({ height, width, prefixTokens = 0 }: NonNullable<AttendFacts['grid']>): string {
  const prefix = prefixTokens > 0 ? ` behind ${countOf(prefixTokens, 'prefix token')}` : ''
  return ` on a grid of ${height} x ${width}${prefix}`
}
