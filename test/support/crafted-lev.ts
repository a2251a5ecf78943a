/** .lev files that lie under a right checksum: any field or block of a valid one rewritten, and signed again. */
import {
  type ElementArray,
  type HeaderValue,
  type LevDType,
  levFromBytes,
  type LevKind,
  levToBytes,
} from '@levattention/core/internal'

export interface OpenedLev {
  kind: LevKind
  header: Record<string, HeaderValue>
  blocks: { name: string; dtype: LevDType; data: ElementArray }[]
}

/** All that the .lev in `bytes` says, to be changed. */
export function takenApart(bytes: Uint8Array): OpenedLev {
  const file = levFromBytes(bytes)
  const blocks = file.blocks.map(({ name, dtype }) => ({ name, dtype, data: file.read(name, dtype) }))
  return { kind: file.kind, header: { ...file.header }, blocks }
}

/** The .lev of what `content` says, with a right checksum. */
export function signed({ kind, header, blocks }: OpenedLev): Uint8Array {
  const listed = blocks.map((block) => ({ ...block, length: block.data.length }))
  return levToBytes({ kind, header, blocks: listed })
}

/** The .lev in `bytes` as `change` leaves it. */
export function crafted(bytes: Uint8Array, change: (content: OpenedLev) => void): Uint8Array {
  const content = takenApart(bytes)
  change(content)
  return signed(content)
}

export function blockOf({ blocks }: OpenedLev, name: string) {
  const block = blocks.find((one) => one.name === name)
  if (block === undefined) throw new Error(`no block ${name}`)
  return block
}
