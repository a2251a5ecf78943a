import { LevError, MAX_COLS, nearest } from '@levattention/core/internal'
import { BENCH_KINDS, type BenchKind, type BenchSize } from './bench-case.ts'

/** Keys of more rows are no file that one makes for a benchmark. */
const MOST_ROWS = 1e9
const COUNT = String.raw`(\d+(?:\.\d+)?(?:e\d{1,2})?)`
const SIZE = new RegExp(`^${COUNT}x${COUNT}(?:x${COUNT})?$`, 'i')

/** `1e6x64,1e5x128x1000`: keys x columns, and queries. Throws Option. */
export function parseSizes(text: string, option: string): BenchSize[] {
  return text.split(',').map((part) => {
    const [n, d, m] = (SIZE.exec(part) ?? [])
      .slice(1)
      .map((word) => (word === undefined ? undefined : Number(word)))
    const isSize = isCount(n, MOST_ROWS) && isCount(d, MAX_COLS) && (m === undefined || isCount(m, MOST_ROWS))
    if (!isSize) throw badSize(part, option)
    return { n, d, ...(m !== undefined && { m }) }
  })
}

function isCount(value: number | undefined, most: number): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= most
}

function badSize(part: string, option: string): LevError {
  const message = `--${option} '${part}': a size is keys x columns, or keys x columns x queries, up to 1e9 x ${MAX_COLS}, as 1e6x64 or 1e5x128x1000`
  return new LevError('Option', message, { option })
}

/** `heavy,softmax`, in the order in which things are measured. Throws Option. */
export function parseKinds(text: string, option: string): BenchKind[] {
  const words = text.split(',')
  const unknown = words.find((word) => !BENCH_KINDS.some((kind) => kind === word))
  if (unknown === undefined) return BENCH_KINDS.filter((kind) => words.includes(kind))
  const near = nearest(unknown, BENCH_KINDS)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  const message = `--${option} '${unknown}': what is measured is ${BENCH_KINDS.join(', ')}${hint}`
  throw new LevError('Option', message, { option })
}
