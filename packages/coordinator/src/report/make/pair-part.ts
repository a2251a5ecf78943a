import { join } from 'node:path'
import type { Job } from '../../job/job.ts'
import { run } from '../../jobs/run.ts'
import { runHeads } from '../../jobs/run-heads.ts'
import { runSoftmaxHeads } from '../../jobs/run-softmax-heads.ts'
import type { ReportOptions } from './report-options.ts'

/** The pairs of a head in a file, and what the run said of it. */
export interface HeadPairs {
  readonly head: number
  readonly keyHead: number
  readonly attention: 'power' | 'softmax'
  readonly path: string
  readonly pairs: number
  readonly layer?: number
  readonly batch?: number
  /** On the axis of heads. */
  readonly headAxis?: number
  readonly source?: string
  readonly universalSize?: number
  readonly thresholdSlack?: number
  readonly scoreSlack?: number
}

type Asked = Pick<ReportOptions, 'heads' | 'epsilon'> & {
  readonly attention: 'power' | 'softmax'
  readonly top?: number
}

/** The heavy pairs of each head, in files of `folder`. */
export async function pairPart(
  options: ReportOptions,
  { attention, top, ...asked }: Asked,
  folder: string,
  job: Job,
): Promise<HeadPairs[]> {
  const isSoftmax = attention === 'softmax'
  const { keys, queries, causal, queryStart, p, scale, heads: _heads, epsilon: _epsilon, ...rest } = options
  const { keep: _keep, sample: _sample, seed: _seed, local: _local, grid: _grid, ...input } = rest
  const own = isSoftmax
    ? { attention, ...(scale !== undefined && { scale }), ...(top !== undefined && { top }) }
    : { p }
  const epsilon = asked.epsilon ?? options.epsilon
  const terms = {
    ...input,
    ...own,
    keys,
    queries,
    causal,
    queryStart,
    ...(top === undefined && { epsilon }),
    force: true,
  }
  if (asked.heads === undefined) {
    const path = join(folder, `${attention}.npz`)
    const summary = await run({ ...terms, out: path }, job)
    const { universalSize, thresholdSlack, scoreSlack, pairs = 0 } = summary
    return [
      { head: 0, keyHead: 0, attention, path, pairs, universalSize, thresholdSlack, scoreSlack } as HeadPairs,
    ]
  }
  const out = join(folder, `${attention}-heads`)
  if (isSoftmax) {
    const { heads } = await runSoftmaxHeads({ ...terms, heads: asked.heads, out }, job)
    return heads.map(({ index, head, file = '', ...facts }) => ({
      ...facts,
      attention,
      head: index,
      ...(head !== undefined && { headAxis: head }),
      path: join(out, file),
    }))
  }
  const { heads = [] } = await runHeads({ ...terms, heads: asked.heads, out }, job)
  return heads.map(({ file = '', ...facts }) => ({ ...facts, attention, path: join(out, file) }))
}
