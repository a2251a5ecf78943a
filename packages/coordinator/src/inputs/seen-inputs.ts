import {
  type Heads,
  type MatrixSource,
  type MissingRows,
  requireRowRange,
  type RowMask,
  type RowRange,
  seenMatrix,
  type SeenRows,
} from '@levattention/core/internal'
import { hiddenFacts, seenCounts, type SeenFacts, type SeenFiles } from '../problem/seen-rows.ts'
import { toSharedMemory } from '../tasks/shared-memory.ts'

type Side = 'key' | 'query'
type OpenMask = (address: string, option: string, rows: number, batches?: number) => Promise<RowMask>

/** What is read of one input. */
interface Seen {
  readonly within: RowRange | undefined
  readonly mask: RowMask | undefined
  /** Rows that were dropped: their values are missing. */
  readonly dropped?: Pick<MissingRows, 'whole' | 'rowCount'> | undefined
}

/** The keys and queries of a job, of which some rows are read as zeros. */
export class SeenInputs {
  readonly #files: SeenFiles
  readonly #openMask: OpenMask
  readonly #opened = new Map<Side, { readonly rows: number; readonly seen: Seen }>()
  /** Of each head that was looked at, by its index. */
  readonly #droppedOfHeads = new Map<Side, Map<number, MissingRows>>()

  constructor(files: SeenFiles, openMask: OpenMask) {
    this.#files = files
    this.#openMask = openMask
  }

  /** What a summary says of them. */
  get facts(): SeenFacts {
    const sides = [this.#opened.get('key'), this.#opened.get('query')]
    const [keys, queries] = sides.map((side) => side?.seen)
    const ofSides = sides.map((side) => side && { ...sideRows(side.seen), rows: side.rows })
    // Heads differ in what is dropped of them.
    const [keyRows, queryRows] = this.dropsOfHeads ? [] : ofSides
    const [keysDropped, queriesDropped] = [keys, queries].map(
      (seen, i) => seen && this.#countDropped(i, seen),
    )
    return {
      ...seenCounts(keyRows, queryRows),
      ...(keys?.within ? { keyRows: pairOf(keys.within) } : {}),
      ...(queries?.within ? { queryRows: pairOf(queries.within) } : {}),
      ...hiddenFacts({ keyMask: keys?.mask, queryMask: queries?.mask }),
      ...(keysDropped === undefined ? {} : { keysDropped }),
      ...(queriesDropped === undefined ? {} : { queriesDropped }),
    }
  }

  /** Whether one of keys and queries of as many rows alone has a mask. */
  get hasOneMask(): boolean {
    const [keys, queries] = [this.#opened.get('key'), this.#opened.get('query')]
    if (keys?.rows !== queries?.rows) return false
    return (keys?.seen.mask === undefined) !== (queries?.seen.mask === undefined)
  }

  /** Whether a row of some head is dropped. */
  get dropsOfHeads(): boolean {
    const heads = [...this.#droppedOfHeads.values()].flatMap((dropped) => [...dropped.values()])
    return heads.some(({ rowCount }) => rowCount > 0)
  }

  /** Of one matrix, or of all heads that were looked at; undefined where none are to be dropped. */
  #countDropped(side: number, { dropped }: Seen): number | undefined {
    const heads = this.#droppedOfHeads.get(SIDES[side])
    if (heads === undefined) return dropped?.rowCount
    return [...heads.values()].reduce((sum, { rowCount }) => sum + rowCount, 0)
  }

  /** [rows]: 0 of a row of `option`'s matrix, or of one of its heads, that was dropped; undefined where none is. */
  wholeRows(option: string, head?: number): Uint8Array | undefined {
    const side = sideOf(option)
    if (side === undefined) return undefined
    const dropped = head === undefined ? this.#opened.get(side)?.seen.dropped : this.#droppedOf(side, head)
    return dropped && dropped.rowCount > 0 ? dropped.whole : undefined
  }

  /** From now on the head is read without the rows that are `dropped`. */
  dropOfHead(option: string, head: number, dropped: MissingRows): void {
    const side = sideOf(option)
    if (side === undefined) return
    const heads = this.#droppedOfHeads.get(side) ?? new Map<number, MissingRows>()
    this.#droppedOfHeads.set(side, heads.set(head, dropped))
  }

  #droppedOf(side: Side, head: number): MissingRows | undefined {
    return this.#droppedOfHeads.get(side)?.get(head)
  }

  /** `source`, which `option` names, without the rows that are `dropped`. Throws Option, and as `Inputs.openMask`. */
  async matrix(source: MatrixSource, option: string, dropped?: MissingRows): Promise<MatrixSource> {
    const seen = await this.#seenOf(option, source.rows, undefined, dropped)
    return seen ? seenMatrix(source, rowsSeen(seen, 0)) : source
  }

  /** As `matrix`, of each head; a batch may have a mask of its own. */
  async heads(heads: Heads, option: string): Promise<Heads> {
    const seen = await this.#seenOf(option, heads.rows, heads.extents.batch)
    const side = sideOf(option)
    if (side === undefined) return heads
    const open = (head: number) => {
      const dropped = this.#droppedOf(side, head)
      if (seen === undefined && dropped === undefined) return heads.open(head)
      return seenMatrix(heads.open(head), rowsSeen({ ...NONE, ...seen, dropped }, heads.placeOf(head).batch))
    }
    return { ...heads, open }
  }

  async #seenOf(
    option: string,
    rows: number,
    batches?: number,
    dropped?: MissingRows,
  ): Promise<Seen | undefined> {
    const side = sideOf(option)
    if (side === undefined) return undefined
    const { [`${side}Rows` as const]: within, [`${side}MaskFile` as const]: file } = this.#files
    requireRowRange(`${side}Rows`, within, rows, side)
    const mask = file === undefined ? undefined : await this.#openMask(file, `${side}-mask`, rows, batches)
    const seen = { within, mask: mask && shared(mask), dropped }
    this.#opened.set(side, { rows, seen })
    return within || mask || (dropped && dropped.rowCount > 0) ? seen : undefined
  }
}

const SIDES = ['key', 'query'] as const
const NONE: Seen = { within: undefined, mask: undefined }

function sideOf(option: string): Side | undefined {
  return option === 'keys' ? 'key' : option === 'queries' ? 'query' : undefined
}

function rowsSeen({ within, mask, dropped }: Seen, batch = 0): SeenRows {
  const masked = mask?.seen(batch)
  if (dropped === undefined || dropped.rowCount === 0) return { within, seen: masked }
  return { within, seen: masked === undefined ? dropped.whole : withoutDropped(masked, dropped.whole) }
}

/** `mask` [rows] without the rows that are 0 in `whole`, in shared memory. */
export function withoutDropped(mask: Uint8Array, whole: Uint8Array): Uint8Array {
  return toSharedMemory(mask.map((one, row) => (whole[row] === 0 ? 0 : one)))
}

/** As `seenCounts` takes them. */
function sideRows(seen: Seen) {
  const { within, mask, dropped } = seen
  if (dropped === undefined || dropped.rowCount === 0) return { within, mask }
  return { within, mask: { batches: 1, seen: () => rowsSeen(seen).seen ?? dropped.whole } }
}

/** Workers share each batch's. */
function shared(mask: RowMask): RowMask {
  const batches = Array.from({ length: mask.batches }, (_, batch) => toSharedMemory(mask.seen(batch)))
  return { ...mask, seen: (batch) => batches[mask.batches === 1 ? 0 : batch] }
}

function pairOf({ rowStart, rowEnd }: RowRange): readonly [number, number] {
  return [rowStart, rowEnd]
}
