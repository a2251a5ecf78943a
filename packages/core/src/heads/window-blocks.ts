import type { LocalKeys } from '../attend/attend-terms.ts'
import { scopeOf } from '../attend/row-scope.ts'
import { NO_MASK } from '../attention/mask.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { SoftmaxBlock } from '../kernels/softmax-kernels.ts'
import type { HeadViews } from './head-arrays.ts'

/** What queries [from, to) see of keys [rowStart, rowEnd) by one window: the same of every head. */
interface Window {
  readonly from: number
  readonly to: number
  readonly ranges: NonNullable<SoftmaxBlock['ranges']>
}

/** The windows of local keys of queries [0, rows), cut as `attendRows` cuts them. Takes kernel scratch. */
export class WindowBlocks {
  readonly windows: readonly Window[]
  readonly rowStart: number
  readonly rowEnd: number
  /** [rowEnd - rowStart], 0 = kept otherwise. */
  readonly #mask: Uint8Array

  constructor(kernels: Kernels, rows: number, local: LocalKeys) {
    const batch = { rowStart: 0, rowEnd: rows }
    const kept = new Float64Array(0)
    const { windows, span } = scopeOf({ batch, visibility: NO_MASK, keyCount: rows, kept, local })
    this.rowStart = span.rowStart
    this.rowEnd = span.rowEnd
    this.#mask = kernels.u8(span.rowEnd - span.rowStart)
    this.windows = windows.flatMap(({ starts, ends }) => {
      const seeing = Array.from({ length: rows }, (_, q) => q).filter((q) => ends[q] > starts[q])
      if (seeing.length === 0) return []
      const [from, to] = [seeing[0], seeing[seeing.length - 1] + 1]
      const ranges = { starts: kernels.u32(to - from), ends: kernels.u32(to - from) }
      for (let q = from; q < to; q++) {
        ranges.starts[q - from] = Math.max(0, starts[q] - span.rowStart)
        ranges.ends[q - from] = Math.max(0, ends[q] - span.rowStart)
      }
      return [{ from, to, ranges }]
    })
  }

  /** Keys that a row has among `kept` count there. */
  hide(kept: Float64Array): void {
    this.#mask.fill(1)
    for (const id of kept) if (id >= this.rowStart && id < this.rowEnd) this.#mask[id - this.rowStart] = 0
  }

  block({ octaves, keys }: HeadViews, { from, to, ranges }: Window, dim: number): SoftmaxBlock {
    return {
      queries: octaves.subarray(from * dim, to * dim),
      queryCount: to - from,
      keys: keys.subarray(this.rowStart * dim, this.rowEnd * dim),
      keyCount: this.rowEnd - this.rowStart,
      dim,
      ranges,
      keyMask: this.#mask,
    }
  }
}
