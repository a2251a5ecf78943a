import { createHash } from 'node:crypto'

/** A source: its name, bytes and time of the last change. */
export type SeenSource = readonly [name: string, byteLength: number, changedMs: number]

/** What a built addon is. */
export interface Stamp {
  /** Of the sources and flags that it was made of. */
  readonly inputs: string
  /** These sources as they lay there: while they look the same nobody reads them again. Absent of older builds. */
  readonly seen?: readonly SeenSource[] | undefined
  /** Of the addon's own bytes: half a file is not loaded, which could end the process. */
  readonly addon: string
  readonly target: string
}

export function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}\0`).update(part)
  return hash.digest('hex')
}

/** Undefined for what is no stamp. */
export function parseStamp(text: string): Stamp | undefined {
  try {
    const stamp = JSON.parse(text) as Partial<Stamp> | null
    const { inputs, addon, target, seen } = stamp ?? {}
    return typeof inputs === 'string' && typeof addon === 'string' && typeof target === 'string'
      ? { inputs, addon, target, seen: Array.isArray(seen) ? seen : undefined }
      : undefined
  } catch {
    return undefined
  }
}
