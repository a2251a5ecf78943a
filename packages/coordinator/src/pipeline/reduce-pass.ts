import type { MatrixSource, RowRange } from '@levattention/core/internal'
import type { TaskKind, TaskRequest, TaskResult } from '@levattention/worker/internal'
import { mapInOrder } from './map-in-order.ts'
import { rowBytes } from './row-bytes.ts'
import type { Progress, RunContext, Stage } from './run-context.ts'
import { TreeReducer } from './tree-reducer.ts'

/** Tasks that pass over rows. */
export type RowTaskKind = {
  [K in TaskKind]: TaskRequest<K> extends { readonly range: RowRange } ? K : never
}[TaskKind]

/**
 * One map over rows and the reduce of its parts in the plan's tree. A sum of several parts is of the same type as one
 * part, and `pack` makes plain data of either, so that sums may come from files as well as from tasks.
 */
export interface RowPass<K extends RowTaskKind, S> {
  readonly kind: K
  /** What the tasks read: their rows are counted once each is done. */
  readonly source: Pick<MatrixSource, 'cols' | 'element'>
  readonly requests: readonly TaskRequest<K>[]
  readonly fanIn: number
  readonly stage: Stage
  /** Told with the progress. */
  readonly pass?: Progress['pass']
  part(result: TaskResult<K>): S
  merge(a: S, b: S): S
  pack(sum: S): unknown
  unpack(packed: unknown): S
}

/** The sum of all parts; undefined where there is no task. */
export async function reducePass<K extends RowTaskKind, S>(
  pass: RowPass<K, S>,
  { engine, signal, stats, onProgress }: RunContext,
): Promise<S | undefined> {
  const { kind, requests, stage } = pass
  const tell = (done: number): void =>
    onProgress?.({ stage, done, total: requests.length, ...(pass.pass ? { pass: pass.pass } : {}) })
  const onDone = (done: number): void => {
    const { rowStart, rowEnd } = requests[done - 1].range
    stats.bytesRead += rowBytes(pass.source) * (rowEnd - rowStart)
    tell(done)
  }
  return await stats.time(stage, async () => {
    if (engine.reduceKept) return await engine.reduceKept(pass, signal, onDone)
    const reducer = new TreeReducer<S>(pass.fanIn, (a, b) => pass.merge(a, b))
    let done = 0
    if (requests.length > 0) tell(done)
    for await (const result of mapInOrder(engine, kind, requests, signal)) {
      reducer.push(pass.part(result))
      onDone(++done)
    }
    return reducer.finish()
  })
}
