import { counted } from '../counted.ts'
import { LevError } from '../errors.ts'
import type { HeaderRecord, HeaderValue } from '../storage/canonical.ts'
import type { LevFile } from '../storage/lev-reader.ts'
import type { LevBlock, LevContent } from '../storage/lev-writer.ts'
import { sketchBlocks, sketchFrom, sketchHeader } from '../sketch/sketch-file.ts'
import { Candidates } from './candidates.ts'
import { GramSum } from './gram-sum.ts'
import type { SummaryState } from './summary-state.ts'
import type { RowRanges } from './row-ranges.ts'
import { type TriangularLevel, TriangularSum } from './triangular-sum.ts'

/** A summary's .lev content: header fields and blocks as docs/formats.md lists them. */
export function summaryContent(state: SummaryState): LevContent {
  return { kind: 'summary', header: summaryHeader(state), blocks: summaryBlocks(state) }
}

export function summaryHeader(state: SummaryState): HeaderRecord {
  const { dim, epsilon, p, policy, ranges, gram, openRanges, dropRidge } = state
  return {
    attention: `|q.k|^${p}`,
    dim,
    epsilon,
    p,
    policy,
    ranges: rangesToHeader(ranges),
    openRanges: rangesToHeader(openRanges),
    dropRidge,
    rowCount: gram.rowCount,
    depth: gram.depth,
    form: state.triangular ? 'triangular' : 'gram',
    triangularErrors: triangularLevels(state).map(({ index, level }) => [index, level.columnError]),
    ...sketchHeader(state.sketch),
  }
}

export function summaryBlocks(state: SummaryState): LevBlock[] {
  const { gram, candidates } = state
  const uppers = triangularLevels(state).map(({ level }) => level.upper)
  return [
    { name: 'gram', dtype: 'f64', length: gram.gram.length, data: gram.gram },
    { name: 'exponents', dtype: 'f64', length: gram.dim, data: Float64Array.from(gram.exponents) },
    { name: 'triangular', dtype: 'f64', length: uppers.length * gram.gram.length, data: uppers },
    { name: 'rowIds', dtype: 'u64', length: candidates.count, data: candidates.rowIds },
    { name: 'bounds', dtype: 'f64', length: candidates.count, data: candidates.bounds },
    { name: 'keys', dtype: candidates.element, length: candidates.keys.length, data: candidates.keys },
    ...sketchBlocks(state.sketch),
  ]
}

/** The state in a summary's or universal set's .lev. Throws Content where a field is missing or contradicts another. */
export function summaryFrom(file: LevFile): SummaryState {
  const header = new HeaderFields(file)
  const dim = header.integer('dim')
  const gram = new GramSum(dim, {
    gram: readBlock(file, 'gram', dim * dim),
    exponents: Int32Array.from(readBlock(file, 'exponents', dim)),
    rowCount: header.integer('rowCount'),
    depth: header.integer('depth'),
  })
  const element = file.find('keys')?.dtype === 'f64' ? 'f64' : 'f32'
  const rowIds = file.read('rowIds', 'u64')
  const bounds = readBlock(file, 'bounds', rowIds.length)
  const keys = file.read('keys', element)
  if (keys.length !== rowIds.length * dim)
    throw header.contradiction('keys', counted(rowIds.length * dim, 'number'))
  const { policy } = file.header
  if (policy !== 'whole' && policy !== 'prefix') throw header.contradiction('policy', "'whole' or 'prefix'")
  return {
    dim,
    epsilon: header.positive('epsilon', 1),
    p: header.positive('p'),
    policy,
    ranges: header.ranges('ranges'),
    openRanges: header.ranges('openRanges'),
    dropRidge: header.number('dropRidge'),
    triangular: triangularFrom(file, gram),
    sketch: sketchFrom(file, dim, gram.exponents),
    gram,
    candidates: Candidates.of(dim, rowIds, bounds, keys),
  }
}

function triangularLevels({ triangular }: SummaryState): { index: number; level: TriangularLevel }[] {
  const levels = triangular?.levels ?? []
  return levels.flatMap((level, index) => (level ? [{ index, level }] : []))
}

/** The triangular form; undefined where the summary carries none. */
function triangularFrom(file: LevFile, { dim, exponents }: GramSum): TriangularSum | undefined {
  if (file.header.form !== 'triangular') return undefined
  const header = new HeaderFields(file)
  const errors = header.pairs('triangularErrors', 'pairs of level and error')
  const uppers = readBlock(file, 'triangular', errors.length * dim * dim)
  const levels: TriangularLevel[] = []
  errors.forEach(([index, columnError], i) => {
    if (!(Number.isInteger(index) && index >= 0 && index < 64))
      throw header.contradiction('triangularErrors', 'levels below 64')
    levels[index] = { upper: uppers.subarray(i * dim * dim, (i + 1) * dim * dim), columnError }
  })
  return new TriangularSum(dim, exponents.slice(), levels)
}

/** Block `name` of `length` float64. Throws Content where it has another length. */
export function readBlock(file: LevFile, name: string, length: number): Float64Array {
  const block = file.read(name, 'f64')
  if (block.length !== length) throw new HeaderFields(file).contradiction(name, counted(length, 'number'))
  return block
}

/** Typed access to a .lev header: every miss is a Content error that names file and field. */
export class HeaderFields {
  readonly #file: LevFile

  constructor(file: LevFile) {
    this.#file = file
  }

  number(name: string): number {
    const value = this.#file.header[name]
    if (typeof value !== 'number' || Number.isNaN(value)) throw this.contradiction(name, 'a number')
    return value
  }

  /** A number above 0 and at most `most`. */
  positive(name: string, most = Number.MAX_VALUE): number {
    const value = this.number(name)
    if (!(value > 0 && value <= most)) {
      const range = most === Number.MAX_VALUE ? 'above 0 and finite' : `above 0 and at most ${most}`
      throw this.contradiction(name, `a number ${range}`)
    }
    return value
  }

  integer(name: string): number {
    const value = this.number(name)
    if (!(Number.isSafeInteger(value) && value >= 0)) throw this.contradiction(name, 'a count')
    return value
  }

  /** A list of different columns of `dim`. */
  columns(name: string, dim: number): number[] {
    const value = this.#file.header[name]
    const isColumn = (column: HeaderValue): column is number =>
      typeof column === 'number' && Number.isInteger(column) && column >= 0 && column < dim
    if (Array.isArray(value) && value.every(isColumn) && new Set(value).size === value.length) return value
    throw this.contradiction(name, 'a list of columns')
  }

  ranges(name: string): RowRanges {
    return this.pairs(name, 'row ranges').map(([rowStart, rowEnd]) => ({ rowStart, rowEnd }))
  }

  /** A list of pairs of numbers; `wanted` says what they are. */
  pairs(name: string, wanted: string): [number, number][] {
    const value = this.#file.header[name]
    if (!Array.isArray(value)) throw this.contradiction(name, wanted)
    return value.map((pair: HeaderValue) => {
      const [first, second] = Array.isArray(pair) ? (pair as HeaderValue[]) : []
      if (typeof first !== 'number' || typeof second !== 'number') throw this.contradiction(name, wanted)
      return [first, second]
    })
  }

  contradiction(name: string, wanted: string): LevError {
    const file = this.#file.name
    return new LevError(
      'Content',
      `${file}: its '${name}' should be ${wanted}; the file is not usable, build it again`,
      { file },
    )
  }
}

function rangesToHeader(ranges: RowRanges): HeaderValue {
  return ranges.map(({ rowStart, rowEnd }) => [rowStart, rowEnd])
}
