import { createHash } from 'node:crypto'

/** What a built addon is. */
export interface Stamp {
  /** Of the sources, flags and headers that it was made of. */
  readonly inputs: string
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
    const { inputs, addon, target } = stamp ?? {}
    return typeof inputs === 'string' && typeof addon === 'string' && typeof target === 'string'
      ? { inputs, addon, target }
      : undefined
  } catch {
    return undefined
  }
}
