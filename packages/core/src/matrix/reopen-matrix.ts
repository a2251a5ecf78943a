import { FileMatrix } from './file-matrix.ts'
import type { MatrixSource, SourceSpec } from './matrix-source.ts'
import { seenMatrix } from './masked-matrix.ts'
import { MemoryMatrix } from './memory-matrix.ts'
import type { ShardRows } from './row-blocks.ts'
import { checkedMatrix } from './row-content.ts'
import type { TaskSource } from './task-source.ts'

/** Opens a matrix again from its plain description, in another thread for instance. Files are opened when read. */
export function reopenMatrix({ seen, within, ...spec }: SourceSpec): MatrixSource {
  return seenMatrix(spec.kind === 'files' ? new FileMatrix(spec) : new MemoryMatrix(spec), { seen, within })
}

/** What a question names beside the rows of its shard, opened. */
export function openBeside({ open = reopen }: Pick<ShardRows, 'open'>, source: TaskSource): MatrixSource {
  return open(source)
}

function reopen({ content, seen, within, ...spec }: TaskSource): MatrixSource {
  return asAsked(reopenMatrix(spec), { content, seen, within })
}

/** `source` as a task asked for it: rows that are not seen made zeros, then all checked. */
export function asAsked(
  source: MatrixSource,
  { content, ...seen }: Pick<TaskSource, 'content' | 'seen' | 'within'>,
): MatrixSource {
  const read = seenMatrix(source, seen)
  return content ? checkedMatrix(read, content) : read
}
