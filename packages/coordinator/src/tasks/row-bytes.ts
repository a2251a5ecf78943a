import type { MatrixSource } from '@levattention/core/internal'

/** Bytes of one row as it is read. */
export function rowBytes(source: Pick<MatrixSource, 'cols' | 'element'>): number {
  return source.cols * (source.element === 'f64' ? 8 : 4)
}
