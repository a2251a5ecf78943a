// Files of softmax pairs that are right but for one thing.
import { readFileSync, writeFileSync } from 'node:fs'
import { type HeavyArrays, heavyArrays, writeHeavy } from '../../core/pairs/crafted-heavy.ts'
import { queryOf, without } from '../cli/lying-support.ts'

/** `hidden`: the key behind the query's own. */
export type Change = 'drop' | 'score' | 'dot' | 'lse' | 'slack' | 'hidden' | 'meta'

/** Writes the .npz `from` to `to`, where the pair at place `at`, or what is said of its query, is another. */
export function changedNpz(from: string, to: string, at: number, change: Change): void {
  const arrays = heavyArrays(from)
  writeHeavy(to, { ...arrays, ...CHANGES[change](arrays, at) })
}

const CHANGES: Readonly<Record<Change, (arrays: HeavyArrays, at: number) => Partial<HeavyArrays>>> = {
  drop: without,
  score: ({ data }, at) => ({ data: Array.from(data, (x, i) => (i === at ? x * 0.99 : x)) }),
  dot: ({ dots }, at) => ({ dots: Array.from(dots, (x, i) => (i === at ? x + 1e-4 : x)) }),
  lse: (arrays, at) => ({ lse: ofQuery(arrays, arrays.lse, at, (x) => x + 0.01) }),
  slack: (arrays, at) => ({ slack: ofQuery(arrays, arrays.slack, at, () => 2e-3) }),
  hidden: (arrays, at) => {
    const query = queryOf(arrays, at)
    const end = arrays.indptr[query + 1]
    const put = (values: HeavyArrays['data'], value: number) => Array.from(values).toSpliced(end, 0, value)
    return {
      indices: put(arrays.indices, query + 1),
      data: put(arrays.data, 1e-4),
      dots: put(arrays.dots, 0),
      indptr: Array.from(arrays.indptr, (start, i) => (i > query ? start + 1 : start)),
    }
  },
  meta: ({ meta }) => ({ meta: { ...(meta as object), keyRows: [0, 10_000] } }),
}

function ofQuery(
  arrays: HeavyArrays,
  values: HeavyArrays['lse'],
  at: number,
  changed: (value: number) => number,
): number[] {
  const query = queryOf(arrays, at)
  return Array.from(values ?? [], (x, i) => (i === query ? changed(x) : x))
}

/** Writes the .ndjson or .csv `from` to `to`, without line `line`. */
export function changedText(from: string, to: string, line: number): void {
  writeFileSync(to, readFileSync(from, 'utf8').split('\n').toSpliced(line, 1).join('\n'))
}
