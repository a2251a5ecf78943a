import type { InputName, Visibility } from '@levattention/core/internal'
import { finiteHeads, type HeadPart, type HeadWatch } from '../inputs/finite-heads.ts'
import type { SkippedHead } from '../job/skipped-heads.ts'
import type { AttendInputs, HeadGroup } from './head-groups.ts'
import type { HeadSet } from './head-set.ts'

/** A group, and what is asked of it. */
interface Asked {
  readonly group: HeadGroup
  readonly problem: { readonly visibility: Visibility }
}

type Inputs = Omit<AttendInputs, 'values'> & { readonly values?: HeadSet | undefined }

/**
 * The groups without the heads that `finiteHeads` leaves out: all of a group whose keys, values or queries to fit are bad. Matrices that
 * are no heads are not looked at here. Throws as `finiteHeads`.
 */
export async function finiteGroups<Group extends Asked>(
  sources: Inputs,
  asked: readonly Group[],
  { skipBadHeads }: { readonly skipBadHeads?: boolean | undefined },
  job: HeadWatch,
): Promise<{ readonly asked: readonly Group[]; readonly skipped: readonly SkippedHead[] }> {
  if (!sources.queries.heads) return { asked, skipped: [] }
  const wanted = asked.flatMap((one) => one.group.heads.map((head) => ({ head, one })))
  const partsOf = ({ head, one }: (typeof wanted)[number]) => partsOfHead(sources, one, head)
  const of = { partsOf, indexOf: ({ head }: { readonly head: number }) => head, skipBadHeads }
  const { good, skipped } = await finiteHeads(wanted, of, job)
  if (skipped.length === 0) return { asked, skipped }
  const badQueries = new Set(skipped.flatMap(({ head, input }) => (input === 'queries' ? [head] : [])))
  const left = asked.flatMap((one) => {
    const heads = good.flatMap((other) => (other.one === one ? [other.head] : []))
    if (heads.length === 0) return []
    const { fitHeads } = one.group
    const fit = sources.fitQueries ? fitHeads : fitHeads.filter((head) => !badQueries.has(head))
    return [{ ...one, group: { ...one.group, heads, fitHeads: fit } }]
  })
  return { asked: left, skipped }
}

function partsOfHead(
  { keys, values, queries, fitQueries }: Inputs,
  { group, problem: { visibility } }: Asked,
  head: number,
): HeadPart[] {
  const { keyMask, keyRows, queryMask, queryRows } = visibility
  const ofKeys = { seen: keyMask, within: keyRows }
  const part = (input: InputName, set: HeadSet | undefined, headIndex: number, seen?: HeadPart['seen']) =>
    set?.heads ? [{ input, heads: set.heads, headIndex, seen }] : []
  return [
    ...part('keys', keys, group.keyHead, ofKeys),
    ...part('values', values, group.keyHead, ofKeys),
    ...(fitQueries ? group.fitHeads.flatMap((fit) => part('queries', fitQueries, fit)) : []),
    ...part('queries', queries, head, { seen: queryMask, within: queryRows }),
  ]
}
