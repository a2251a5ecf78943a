import { counted, type Heads, keyHeadOf, LevError } from '@levattention/core/internal'

/** Which query heads are run, each with the key head that serves it. */
export interface HeadPair {
  readonly head: number
  readonly keyHead: number
}

/**
 * The pairs of heads for `wanted` query heads ('all', or indices counted from 0). Fewer key heads than query heads each
 * serve a group (grouped-query attention). Throws Content where the shapes fit no such mapping, Option (no such head).
 */
export function headPairs(queries: Heads, keys: Heads, wanted: 'all' | readonly number[]): HeadPair[] {
  requireMapping(queries, keys)
  const all = Array.from({ length: queries.headCount }, (_, head) => head)
  const heads = wanted === 'all' ? all : wanted
  return heads.map((head) => {
    if (head >= queries.headCount) {
      const message = `--heads ${head}: no such one of ${counted(queries.headCount, 'query head')}, counted from 0`
      throw new LevError('Option', message, { option: 'heads' })
    }
    return { head, keyHead: keyHeadOf(head, queries.headCount, keys.headCount) }
  })
}

function requireMapping(queries: Heads, keys: Heads): void {
  const shapes = `${shapeOf(queries)} (queries), ${shapeOf(keys)} (keys)`
  if (queries.cols !== keys.cols) {
    throw new LevError('Content', `${shapes}: both need the same number of columns`)
  }
  const [queryBatches, keyBatches] = [batchesOf(queries), batchesOf(keys)]
  if (queryBatches !== keyBatches && keys.headCount > 1) {
    const message = `${shapes}: they have ${queryBatches} and ${keyBatches} batches; both need the same`
    throw new LevError('Content', message)
  }
  if (keys.headCount === 0 || queries.headCount % keys.headCount !== 0) {
    const message = `${shapes}: ${counted(queries.headCount, 'query head')} cannot be shared among ${counted(keys.headCount, 'key head')}`
    throw new LevError('Content', message)
  }
}

function shapeOf({ address, shape }: Heads): string {
  return `${address} of shape (${shape.join(', ')})`
}

function batchesOf({ shape }: Heads): number {
  return shape.length === 4 ? shape[0] : 1
}
