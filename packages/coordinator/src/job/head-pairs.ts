import {
  counted,
  type HeadPlace,
  type Heads,
  keyHeadOf,
  LevError,
  optionText,
} from '@levattention/core/internal'

/** Which query heads are run, each with the key head that serves it. */
export interface HeadPair {
  readonly head: number
  readonly keyHead: number
}

/**
 * The pairs of heads for `wanted` query heads ('all', or indices counted from 0). Fewer key heads than query heads each
 * serve a group (grouped-query attention), within their layer and batch; one layer or batch of keys serves all. Throws Content
 * where the shapes fit no such mapping, Option (no such head).
 */
export function headPairs(queries: Heads, keys: Heads, wanted: 'all' | readonly number[]): HeadPair[] {
  requireMapping(queries, keys)
  return wantedHeads(queries, wanted, 'query head').map((head) => ({
    head,
    keyHead: flatIndex(servingPlace(queries, keys, head), keys),
  }))
}

/** The indices of `wanted`. Throws Option (no such head); `name`: how one of them is called. */
export function wantedHeads(
  { headCount }: Pick<Heads, 'headCount'>,
  wanted: 'all' | readonly number[],
  name = 'head',
): readonly number[] {
  if (wanted === 'all') return Array.from({ length: headCount }, (_, head) => head)
  const missing = wanted.find((head) => head >= headCount)
  if (missing === undefined) return wanted
  const message = `--heads ${missing}: no such one of ${counted(headCount, name)}, counted from 0`
  throw new LevError('Option', message, { option: 'heads' })
}

/** How many layers, batches and heads there are; 1 where there is no such axis. */
function extentsOf({ extents: { layer = 1, batch = 1, head = 1 } }: Heads): Required<HeadPlace> {
  return { layer, batch, head }
}

/** Where in `keys` the head stands that serves query head `queryHead`. */
function servingPlace(queries: Heads, keys: Heads, queryHead: number): Required<HeadPlace> {
  const [of, to] = [extentsOf(queries), extentsOf(keys)]
  const { layer = 0, batch = 0, head = 0 } = axesOnly(queries, queryHead)
  return {
    layer: to.layer === 1 ? 0 : layer,
    batch: to.batch === 1 ? 0 : batch,
    head: keyHeadOf(head, of.head, to.head),
  }
}

/** Where a head stands on the axes of `extents` alone: not on those that the address selects. */
function axesOnly(heads: Heads, headIndex: number): HeadPlace {
  const { extents } = heads
  const place = heads.placeOf(headIndex)
  return Object.fromEntries(Object.entries(place).filter(([name]) => name in extents))
}

/** The index of the head at `place`, in the row-major order of the file. */
function flatIndex(place: Required<HeadPlace>, { layout, extents }: Heads): number {
  const names: Readonly<Record<string, keyof HeadPlace>> = { l: 'layer', b: 'batch', h: 'head' }
  return layout.split('').reduce((flat, letter) => {
    const name = names[letter]
    return name === undefined ? flat : flat * (extents[name] ?? 1) + place[name]
  }, 0)
}

function requireMapping(queries: Heads, keys: Heads): void {
  const shapes = `${shapeOf(queries)} (queries), ${shapeOf(keys)} (keys)`
  if (queries.cols !== keys.cols) {
    throw new LevError('Content', `${shapes}: both need the same number of columns`)
  }
  const [of, to] = [extentsOf(queries), extentsOf(keys)]
  for (const [name, plural] of [
    ['layer', 'layers'],
    ['batch', 'batches'],
  ] as const) {
    if (to[name] === of[name] || to[name] === 1) continue
    const message = `${shapes}: they have ${of[name]} and ${to[name]} ${plural}; both need the same, or the keys 1`
    throw new LevError('Content', message)
  }
  if (to.head === 0 || of.head % to.head !== 0) {
    const swapped =
      of.head < to.head ? `; are ${optionText('keys')} and ${optionText('queries')} swapped?` : ''
    const message = `${shapes}: ${counted(of.head, 'query head')} cannot be shared among ${counted(to.head, 'key head')}${swapped}`
    throw new LevError('Content', message)
  }
}

function shapeOf({ address, shape }: Heads): string {
  return `${address} of shape (${shape.join(', ')})`
}
