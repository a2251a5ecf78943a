import {
  type Heads,
  type MatrixSource,
  requireRowRange,
  type RowMask,
  type RowRange,
  seenMatrix,
  type SeenRows,
} from '@levattention/core/internal'
import { seenCounts, type SeenFacts, type SeenFiles } from '../problem/seen-rows.ts'
import { toSharedMemory } from '../tasks/shared-memory.ts'

type Side = 'key' | 'query'
type OpenMask = (address: string, option: string, rows: number, batches?: number) => Promise<RowMask>

/** What is read of one input. */
interface Seen {
  readonly within: RowRange | undefined
  readonly mask: RowMask | undefined
}

/** The keys and queries of a job, of which some rows are read as zeros. */
export class SeenInputs {
  readonly #files: SeenFiles
  readonly #openMask: OpenMask
  readonly #opened = new Map<Side, { readonly rows: number; readonly seen: Seen }>()

  constructor(files: SeenFiles, openMask: OpenMask) {
    this.#files = files
    this.#openMask = openMask
  }

  /** What a summary says of them. */
  get facts(): SeenFacts {
    const sides = [this.#opened.get('key'), this.#opened.get('query')]
    const [keys, queries] = sides.map((side) => side?.seen)
    const [keyRows, queryRows] = sides.map((side) => side && { rows: side.rows, ...side.seen })
    return {
      ...seenCounts(keyRows, queryRows),
      ...(keys?.within ? { keyRows: pairOf(keys.within) } : {}),
      ...(queries?.within ? { queryRows: pairOf(queries.within) } : {}),
      ...(keys?.mask ? { keysHidden: keys.mask.hiddenCount } : {}),
      ...(queries?.mask ? { queriesHidden: queries.mask.hiddenCount } : {}),
    }
  }

  /** Whether one of keys and queries of as many rows alone has a mask. */
  get hasOneMask(): boolean {
    const [keys, queries] = [this.#opened.get('key'), this.#opened.get('query')]
    if (keys?.rows !== queries?.rows) return false
    return (keys?.seen.mask === undefined) !== (queries?.seen.mask === undefined)
  }

  /** `source`, which `option` names. Throws Option, and as `Inputs.openMask`. */
  async matrix(source: MatrixSource, option: string): Promise<MatrixSource> {
    const seen = await this.#seenOf(option, source.rows)
    return seen ? seenMatrix(source, rowsSeen(seen, 0)) : source
  }

  /** As `matrix`, of each head; a batch may have a mask of its own. */
  async heads(heads: Heads, option: string): Promise<Heads> {
    const seen = await this.#seenOf(option, heads.rows, heads.extents.batch)
    if (seen === undefined) return heads
    const open = (head: number) => seenMatrix(heads.open(head), rowsSeen(seen, heads.placeOf(head).batch))
    return { ...heads, open }
  }

  async #seenOf(option: string, rows: number, batches?: number): Promise<Seen | undefined> {
    const side = option === 'keys' ? 'key' : option === 'queries' ? 'query' : undefined
    if (side === undefined) return undefined
    const { [`${side}Rows` as const]: within, [`${side}MaskFile` as const]: file } = this.#files
    requireRowRange(`${side}Rows`, within, rows, side)
    const mask = file === undefined ? undefined : await this.#openMask(file, `${side}-mask`, rows, batches)
    const seen = { within, mask: mask && shared(mask) }
    this.#opened.set(side, { rows, seen })
    return within || mask ? seen : undefined
  }
}

function rowsSeen({ within, mask }: Seen, batch = 0): SeenRows {
  return { within, seen: mask?.seen(batch) }
}

/** Workers share each batch's. */
function shared(mask: RowMask): RowMask {
  const batches = Array.from({ length: mask.batches }, (_, batch) => toSharedMemory(mask.seen(batch)))
  return { ...mask, seen: (batch) => batches[mask.batches === 1 ? 0 : batch] }
}

function pairOf({ rowStart, rowEnd }: RowRange): readonly [number, number] {
  return [rowStart, rowEnd]
}
