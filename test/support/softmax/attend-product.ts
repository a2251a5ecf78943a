/** Heads of the oracle through the product's attend, one query head at a time. */
import {
  type AnyAttendOptions,
  attendInMemory,
  type NamedSet,
  type Kernels,
  readsQueries,
} from '@levattention/core/internal'
import type { OracleAttended, OracleAttendOptions } from './attend.ts'
import { keyHeadOf, type OracleHeads } from './head.ts'
import { denseOf, type Element, visibilityOf } from './product.ts'

interface Asked {
  readonly heads: OracleHeads
  readonly element: Element
  readonly options: OracleAttendOptions
}

/** The head's selection: rules that read queries of a whole group by what they choose for it. */
function selectionOf({ heads, options: { selection } }: Asked, head: number, answer: OracleAttended) {
  const { ids, scores, local, sinkTokens, restClusters, grid, ...rest } = selection
  const keyHead = keyHeadOf(head, heads)
  const given = { ...rest, ...(ids && { ids: ids[keyHead] }), ...(scores && { scores: scores[keyHead] }) }
  const { keep = 0 } = given
  // What is typed may not be more than there are; the golden cases hold the meaning beyond that.
  const own = { ...given, ...(keep > 0 && { keep: Math.min(keep, heads.keys[keyHead].rows) }) } as NamedSet
  const isPooled = heads.queries.length > heads.keys.length && readsQueries(own)
  const set = isPooled ? { ids: answer.keyIds } : own
  return Object.fromEntries(
    Object.entries({ ...set, local, sinkTokens, restClusters, grid }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as AnyAttendOptions['selection']
}

export function optionsOf(asked: Asked, head: number, answer: OracleAttended): AnyAttendOptions {
  const { selection: _, keyRows: _k, queryRows: _q, keyMask: _m, queryMask: _n, ...rest } = asked.options
  const { keyRows, queryRows, keyMask, queryMask } = visibilityOf(asked.options)
  return {
    ...rest,
    ...(keyRows && { keyRows }),
    ...(queryRows && { queryRows }),
    ...(keyMask && { keyMask }),
    ...(queryMask && { queryMask }),
    selection: selectionOf(asked, head, answer),
  }
}

export function attendedHere(asked: Asked, head: number, answer: OracleAttended, kernels: Kernels) {
  const { heads, element } = asked
  const keyHead = keyHeadOf(head, heads)
  const values = heads.values?.[keyHead]
  if (values === undefined) throw new RangeError('attend needs values')
  return attendInMemory(
    {
      queries: denseOf(heads.queries[head], element),
      keys: denseOf(heads.keys[keyHead], element),
      values: denseOf(values, element),
    },
    optionsOf(asked, head, answer),
    kernels,
  )
}
