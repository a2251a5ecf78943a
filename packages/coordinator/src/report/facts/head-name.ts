/** Where a head stands, as summaries of heads say it. */
interface NamedHead {
  readonly index: number
  readonly layer?: number | undefined
  readonly batch?: number | undefined
  /** On the axis of heads. */
  readonly head?: number | undefined
  readonly source?: string | undefined
}

/** Names without the endings that all of them have: the extension, and what says which input it is. */
export function shortNames(names: readonly string[]): string[] {
  const ending = /[._-]\w+$/
  const [first = ''] = names
  const last = ending.exec(first)?.[0]
  if (last === undefined || names.length < 2 || names.some((name) => !name.endsWith(last) || name === last))
    return [...names]
  const shorter = names.map((name) => name.slice(0, -last.length))
  return new Set(shorter).size < names.length ? [...names] : shortNames(shorter)
}

/** 'L0 h3', 'b1 h3', 'head 3', or the file's own name. */
export function headName({ index, layer, batch, head, source }: NamedHead): string {
  if (source !== undefined) return source.replace(/^.*[/\\]/, '')
  const parts = [
    ...(layer === undefined ? [] : [`L${layer}`]),
    ...(batch === undefined ? [] : [`b${batch}`]),
    ...(head === undefined ? [] : [`h${head}`]),
  ]
  return parts.length === 0 ? `head ${index}` : parts.join(' ')
}
