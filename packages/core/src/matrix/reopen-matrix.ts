import { designed } from './design-matrix.ts'
import { FileMatrix } from './file-matrix.ts'
import type { MatrixSource, SourceSpec } from './matrix-source.ts'
import { seenMatrix } from './masked-matrix.ts'
import { MemoryMatrix } from './memory-matrix.ts'
import type { ShardRows } from './row-blocks.ts'
import { checkedMatrix } from './row-content.ts'
import type { TaskSource } from './task-source.ts'

/** Opens a matrix again from its plain description, in another thread for instance. Files are opened when read. */
export function reopenMatrix({ seen, within, design, ...spec }: SourceSpec): MatrixSource {
  const source = spec.kind === 'files' ? new FileMatrix(spec) : new MemoryMatrix(spec)
  return asAsked(source, { seen, within, design })
}

/** What a question names beside the rows of its shard, opened. */
export function openBeside({ open = reopen }: Pick<ShardRows, 'open'>, source: TaskSource): MatrixSource {
  return open(source)
}

function reopen({ content, seen, within, design, ...spec }: TaskSource): MatrixSource {
  return asAsked(reopenMatrix(spec), { content, seen, within, design })
}

/** `source` as a task asked for it: made a design matrix, rows that are not seen made zeros, its 1 too, then all checked. */
export function asAsked(
  source: MatrixSource,
  { content, design, ...seen }: Pick<TaskSource, 'content' | 'seen' | 'within' | 'design'>,
): MatrixSource {
  const read = seenMatrix(design ? designed(source, design) : source, seen)
  return content ? checkedMatrix(read, content) : read
}
