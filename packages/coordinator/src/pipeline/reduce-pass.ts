import type { TaskKind, TaskRequest, TaskResult } from '@levattention/worker'
import { mapInOrder } from './map-in-order.ts'
import type { RunContext, Stage } from './run-context.ts'
import { TreeReducer } from './tree-reducer.ts'

/** Tasks that pass over rows. */
export type RowTaskKind = {
  [K in TaskKind]: TaskRequest<K> extends { readonly range: unknown } ? K : never
}[TaskKind]

/**
 * One map over rows and the reduce of its parts in the plan's tree. A sum of several parts is of the same type as one
 * part, and `pack` makes plain data of either, so that sums may come from files as well as from tasks.
 */
export interface RowPass<K extends RowTaskKind, S> {
  readonly kind: K
  readonly requests: readonly TaskRequest<K>[]
  readonly fanIn: number
  readonly stage: Stage
  part(result: TaskResult<K>): S
  merge(a: S, b: S): S
  pack(sum: S): unknown
  unpack(packed: unknown): S
  /** A task is done that read the request's rows. */
  onTask(request: TaskRequest<K>): void
}

/** The sum of all parts; undefined where there is no task. */
export async function reducePass<K extends RowTaskKind, S>(
  pass: RowPass<K, S>,
  { engine, signal, stats, onProgress }: RunContext,
): Promise<S | undefined> {
  return await stats.time(pass.stage, async () => {
    if (engine.reduceKept)
      return await engine.reduceKept(pass, signal, (done, total) =>
        onProgress?.({ stage: pass.stage, done, total }),
      )
    const { kind, requests, stage } = pass
    const reducer = new TreeReducer<S>(pass.fanIn, (a, b) => pass.merge(a, b))
    let done = 0
    if (requests.length > 0) onProgress?.({ stage, done, total: requests.length })
    for await (const result of mapInOrder(engine, kind, requests, signal)) {
      reducer.push(pass.part(result))
      pass.onTask(requests[done])
      done++
      onProgress?.({ stage, done, total: requests.length })
    }
    return reducer.finish()
  })
}
