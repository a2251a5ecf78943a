import { readdirSync } from 'node:fs'
import { causeText, LevError } from '@levattention/core/internal'
import { naturalOrder } from './natural-order.ts'

/** The names in `folder`, 2 before 10. Throws NotFound. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort(naturalOrder)
  } catch (cause) {
    throw new LevError('NotFound', `cannot read ${folder}: ${causeText(cause)}`, { file: folder }, { cause })
  }
}
