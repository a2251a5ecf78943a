import { FileMatrix } from './file-matrix.ts'
import type { MatrixSource, SourceSpec } from './matrix-source.ts'
import { MemoryMatrix } from './memory-matrix.ts'
import type { ShardRows } from './row-blocks.ts'
import { checkedMatrix } from './row-content.ts'
import type { TaskSource } from './task-source.ts'

/** Opens a matrix again from its plain description, in another thread for instance. Files are opened when read. */
export function reopenMatrix(spec: SourceSpec): MatrixSource {
  return spec.kind === 'files' ? new FileMatrix(spec) : new MemoryMatrix(spec)
}

/** What a question names beside the rows of its shard, opened. */
export function openBeside({ open = reopen }: Pick<ShardRows, 'open'>, source: TaskSource): MatrixSource {
  return open(source)
}

function reopen({ content, ...spec }: TaskSource): MatrixSource {
  const source = reopenMatrix(spec)
  return content ? checkedMatrix(source, content) : source
}
