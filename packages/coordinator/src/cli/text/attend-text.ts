import type { AttendFacts } from '../../attend/attend-facts.ts'
import type { JobSummary } from '../../job/job-summary.ts'
import { countOf, numberText } from './number-text.ts'
import { columns } from './text-layout.ts'
import { summaryText } from './summary-text.ts'

/** The summary of `attend` for people. */
export function attendText(summary: JobSummary & AttendFacts): string {
  const { keysKept, keysPerRow, emptyRows = 0, selfRows = 0, causal = false } = summary
  const future =
    causal && keysKept !== undefined && keysKept > 0 ? '; chosen by all keys, later ones too' : ''
  const lines = [
    ...(keysKept === undefined ? [] : [['keys kept', `${numberText(keysKept)}${future}`] as const]),
    ...(keysPerRow === undefined ? [] : [['keys a query', `${numberText(keysPerRow)} on average`] as const]),
    ...(emptyRows > 0
      ? [['empty rows', `${countOf(emptyRows, 'query')} without a key: zeros`] as const]
      : []),
    ...(selfRows > 0
      ? [['self rows', `${countOf(selfRows, 'query')} with no other key than their own`] as const]
      : []),
  ]
  return `${summaryText(summary)}\n${columns(lines)}`
}
