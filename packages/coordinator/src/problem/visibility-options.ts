import type { VisibilityOptions } from '@levattention/core/internal'

/** What the queries of a command see, whose masks are files. */
export interface VisibilityFiles extends Omit<VisibilityOptions, 'keyMask' | 'queryMask'> {
  readonly keyMaskFile?: string | undefined
  readonly queryMaskFile?: string | undefined
}
