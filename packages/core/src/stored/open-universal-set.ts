import { requireText } from '../arguments/require-options.ts'
import { withLev } from '../lev/lev-reader.ts'
import { withOrigin } from '../summary/set-origin.ts'
import type { UniversalSet } from '../universal/public-universal-set.ts'
import { universalFrom } from './universal-file.ts'

/** The universal set in the .lev at `path`. Throws NotFound, Content (damaged, or a summary without U). */
export function openUniversalSet(path: string): UniversalSet {
  requireText('openUniversalSet: path', path, "openUniversalSet('u.lev')")
  const { universal, origin } = withLev(path, universalFrom)
  return withOrigin(universal, origin)
}
