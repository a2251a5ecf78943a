import type { HeavyBatch } from '@levattention/core/internal'

/** A batch's answer, and how its queries were decided. */
export interface SearchedBatch {
  readonly batch: HeavyBatch
  /** By the certificate. */
  readonly queriesSettled: number
  /** By an exact pass over the keys. */
  readonly queriesExactPass: number
}
