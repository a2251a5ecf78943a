import type { TaskKind } from '@levattention/worker/internal'

/** Tasks over shards of the keys, whose answers are kept as parts. Searches are kept by the batch. */
const KEPT = [
  'gram',
  'summarize',
  'sketch',
  'absorb',
  'refine',
  'weigh',
  'ratio',
  'lift',
  'tighten',
  'select',
  'selectPrefix',
  'scores',
  'survey',
  'importances',
  'draw',
] as const satisfies readonly TaskKind[]
export type KeptKind = (typeof KEPT)[number]

export function isKept(kind: TaskKind): kind is KeptKind {
  return (KEPT as readonly TaskKind[]).includes(kind)
}
