import { designed } from './design-matrix.ts'
import { FileMatrix } from './file-matrix.ts'
import type { MatrixSource, SourceSpec } from './matrix-source.ts'
import { maskedMatrix } from './masked-matrix.ts'
import { MemoryMatrix } from './memory-matrix.ts'
import type { ShardRows } from './row-blocks.ts'
import { checkedMatrix } from './row-content.ts'
import type { TaskSource } from './task-source.ts'

/** Opens a matrix again from its plain description, in another thread for instance. Files are opened when read. */
export function reopenMatrix({ seen, design, ...spec }: SourceSpec): MatrixSource {
  return asAsked(spec.kind === 'files' ? new FileMatrix(spec) : new MemoryMatrix(spec), { seen, design })
}

/** What a question names beside the rows of its shard, opened. */
export function openBeside({ open = reopen }: Pick<ShardRows, 'open'>, source: TaskSource): MatrixSource {
  return open(source)
}

function reopen({ content, seen, design, ...spec }: TaskSource): MatrixSource {
  return asAsked(reopenMatrix(spec), { content, seen, design })
}

/** `source` as a task asked for it: its rows checked, then made those of the design matrix, then masked. */
export function asAsked(
  source: MatrixSource,
  { content, seen, design }: Pick<TaskSource, 'content' | 'seen' | 'design'>,
): MatrixSource {
  const checked = content ? checkedMatrix(source, content) : source
  return masked(design ? designed(checked, design) : checked, seen)
}

function masked(source: MatrixSource, seen: Uint8Array | undefined): MatrixSource {
  return seen ? maskedMatrix(source, seen) : source
}
