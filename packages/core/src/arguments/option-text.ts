/** Options of the library that the command has too, under a name of its own. */
export type OptionName =
  | 'attention'
  | 'causal'
  | 'cols'
  | 'delta'
  | 'dtype'
  | 'epsilon'
  | 'fanIn'
  | 'folder'
  | 'force'
  | 'full'
  | 'grid'
  | 'hangLimitMs'
  | 'heavy'
  | 'holdout'
  | 'keep'
  | 'keyMask'
  | 'keyRows'
  | 'keys'
  | 'layout'
  | 'local'
  | 'method'
  | 'offsetBytes'
  | 'p'
  | 'passes'
  | 'precision'
  | 'prefixTokens'
  | 'queryBatches'
  | 'queryMask'
  | 'queryRows'
  | 'queryStart'
  | 'restClusters'
  | 'rowOffset'
  | 'rowStart'
  | 'sample'
  | 'scale'
  | 'scores'
  | 'seed'
  | 'segment'
  | 'select'
  | 'shardRows'
  | 'shards'
  | 'sign'
  | 'sinkTokens'
  | 'slidingWindow'
  | 'tighten'
  | 'top'
  | 'workers'

/**
 * An option in a message as a program writes it: `fanIn`, or `shards: 4`. Messages name options in no other way where both
 * faces may tell them: the command's turns each into what is typed there, --fan-in or --shards 4.
 */
export function optionText(name: OptionName, value?: string | number | boolean): string {
  if (value === undefined) return `\`${name}\``
  return `\`${name}: ${typeof value === 'string' ? `'${value}'` : value}\``
}
