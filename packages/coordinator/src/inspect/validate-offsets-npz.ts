import { requireNumbers, type ResultArrays, withResult } from '../outputs/result-arrays.ts'

/** Throws Content unless the coverage at `path` has a mass of each selection and judged query, and heads that share the queries. */
export function validateCoverageNpz(path: string): void {
  withResult(path, (arrays) => {
    const [selections, count] = arrays.shape('mass', 2)
    arrays.meta().oneOf('command', 'coverage')
    const [heads] = arrays.shape('heads', 1)
    requireIds(arrays, 'heads', [0, heads])
    requireIds(arrays, 'rows', requireOffsets(arrays, heads, count))
    arrays.requireFinite('mass', ['f64'], selections, count)
  })
}

/** Throws Content unless the fixed sets at `path` are row ids, ascending in each set. */
export function validateSelectedNpz(path: string): void {
  withResult(path, (arrays) => {
    const [count] = arrays.shape('ids', 1)
    const [sets] = arrays.shape('keyHeads', 1)
    requireIds(arrays, 'ids', requireOffsets(arrays, sets, count))
    const heads = arrays.all('keyHeads', ['i64'], sets)
    requireNumbers(arrays, 'keyHeads', heads, (head) => head >= 0, 'of at least 0')
  })
}

/** Where each of `parts` begins, and `count`, their end. */
function requireOffsets(arrays: ResultArrays, parts: number, count: number): readonly number[] {
  const offsets = arrays.all('offsets', ['i64'], parts + 1)
  const isOffset = (offset: number, i: number) =>
    i === 0 ? offset === 0 : offset >= offsets[i - 1] && (i < parts || offset === count)
  requireNumbers(arrays, 'offsets', offsets, isOffset, `ascending from 0 to ${count}`)
  return [...offsets]
}

/** Ascending from each of `offsets` on. */
function requireIds(arrays: ResultArrays, name: string, offsets: readonly number[]): void {
  const starts = new Set(offsets)
  const count = offsets[offsets.length - 1]
  const ids = arrays.all(name, ['i64'], count)
  const isId = (id: number, i: number) => id >= 0 && (starts.has(i) || id > ids[i - 1])
  requireNumbers(arrays, name, ids, isId, 'of at least 0, ascending')
}
