/** Options of the library that the command has too, under a name of its own. */
export type OptionName =
  | 'attention'
  | 'causal'
  | 'cols'
  | 'columns'
  | 'delta'
  | 'dtype'
  | 'epsilon'
  | 'fanIn'
  | 'folder'
  | 'force'
  | 'full'
  | 'grid'
  | 'hangLimitMs'
  | 'header'
  | 'heavy'
  | 'holdout'
  | 'id'
  | 'intercept'
  | 'keep'
  | 'keyMask'
  | 'keyRows'
  | 'kernels'
  | 'keys'
  | 'layout'
  | 'local'
  | 'method'
  | 'missing'
  | 'offsetBytes'
  | 'order'
  | 'p'
  | 'passes'
  | 'precision'
  | 'prefixTokens'
  | 'queries'
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
  | 'skipBadHeads'
  | 'slidingWindow'
  | 'tighten'
  | 'top'
  | 'weightColumn'
  | 'weights'
  | 'workers'

/**
 * An option in a message as a program writes it: `fanIn`, or `shards: 4`. Messages name options in no other way where both
 * faces may tell them: the command's turns each into what is typed there, --fan-in or --shards 4.
 */
export function optionText(name: OptionName, value?: OptionValue): string {
  if (value === undefined) return `\`${name}\``
  return `\`${name}: ${valueText(value)}\``
}

/** Rows stand for `--key-rows 3:7` there. */
type OptionValue = string | number | boolean | { readonly rowStart: number; readonly rowEnd: number }

function valueText(value: OptionValue): string {
  if (typeof value === 'object') return `{ rowStart: ${value.rowStart}, rowEnd: ${value.rowEnd} }`
  return typeof value === 'string'
    ? `'${value}'`
    : typeof value === 'number'
      ? plainNumber(value)
      : String(value)
}

/** From so small on numbers are written with an exponent, in messages as on pages. */
const LEAST_PLAIN = 1e-4

/** 0.05, 1e-6. */
export function plainNumber(value: number): string {
  return value !== 0 && Math.abs(value) < LEAST_PLAIN ? value.toExponential() : String(value)
}
