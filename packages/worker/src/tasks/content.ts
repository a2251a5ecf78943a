import { ContentSweep, forEachBlock } from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'

export const contentTask: MapTask<'content'> = ({ source: spec, range, ranges }, context) => {
  const source = context.open(spec)
  const digests: string[] = []
  const sweep = new ContentSweep(ranges, source.cols, (index, digest) => (digests[index] = digest))
  forEachBlock(source, range, context.kernels, (rows, rowCount, rowStart) =>
    sweep.feed(rowStart, rowCount, rows),
  )
  return digests
}
