import { type OptionName, shellWord } from '@levattention/core/internal'

/** What is typed for an option of the library. */
export const TYPED_OPTIONS: Readonly<Record<OptionName, string>> = {
  attention: 'attention',
  causal: 'causal',
  cols: 'cols',
  columns: 'columns',
  delta: 'delta',
  dtype: 'dtype',
  epsilon: 'epsilon',
  fanIn: 'fan-in',
  folder: 'tmp',
  force: 'force',
  full: 'full',
  grid: 'grid',
  hangLimitMs: 'hang-limit',
  header: 'header',
  heavy: 'heavy',
  holdout: 'holdout',
  id: 'id',
  intercept: 'intercept',
  keep: 'keep',
  keyMask: 'key-mask',
  keyRows: 'key-rows',
  kernels: 'kernels',
  keys: 'keys',
  layout: 'layout',
  local: 'local',
  method: 'method',
  missing: 'drop-missing',
  offsetBytes: 'offset',
  order: 'order',
  p: 'p',
  passes: 'passes',
  precision: 'precision',
  prefixTokens: 'prefix-tokens',
  queries: 'queries',
  queryBatches: 'query-batches',
  queryMask: 'query-mask',
  queryRows: 'query-rows',
  queryStart: 'query-start',
  restClusters: 'rest-clusters',
  rowOffset: 'row-offset',
  rowStart: 'row-offset',
  sample: 'sample',
  scale: 'scale',
  scores: 'scores',
  seed: 'seed',
  segment: 'segment',
  select: 'select',
  shardRows: 'shard-rows',
  shards: 'shards',
  sign: 'sign',
  sinkTokens: 'sink-tokens',
  skipBadHeads: 'skip-bad-heads',
  slidingWindow: 'sliding-window',
  tighten: 'tighten',
  top: 'top',
  weightColumn: 'weight-column',
  weights: 'weights',
  workers: 'workers',
}

/**
 * `message` with every option as it is typed: `fanIn` is --fan-in, `method: 'sketch'` is `--method sketch`, which stays
 * between backticks: it can be typed as it stands.
 */
export function withTypedOptions(message: string): string {
  return message.replaceAll(/`(\w+)(?:: ([^`]+))?`/g, (span, name: string, value: string | undefined) => {
    if (!isOption(name)) return span
    const typed = `--${TYPED_OPTIONS[name]}`
    if (value === undefined) return typed
    return value === 'true' ? `\`${typed}\`` : `\`${typed} ${typedValue(value)}\``
  })
}

/** 'abc' as a shell takes it; rows as 3:7. */
function typedValue(value: string): string {
  const [, text] = /^'(.*)'$/.exec(value) ?? []
  if (text !== undefined) return shellWord(text)
  return value.replace(/^\{ rowStart: (\d+), rowEnd: (\d+) \}$/, '$1:$2')
}

/** An option of the command, without dashes, by its name in the library. */
export function typedOption(name: string): string {
  return isOption(name) ? TYPED_OPTIONS[name] : name
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(TYPED_OPTIONS, name)
}
