import { counted } from '../counted.ts'
import { LevError } from '../errors.ts'
import type { HeaderValue } from '../storage/canonical.ts'
import type { LevFile } from '../storage/lev-reader.ts'
import type { LevBlock } from '../storage/lev-writer.ts'
import type { RowRanges } from './row-ranges.ts'
import type { TriangularLevel, TriangularSum } from './triangular-sum.ts'

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

/** Level numbers and errors of a triangular form, as a header keeps them. */
export function levelErrors(sum: TriangularSum | undefined): HeaderValue {
  return presentLevels(sum).map(({ index, level }) => [index, level.columnError])
}

/** The levels' R, one after the other, as a block. */
export function levelBlock(name: string, sum: TriangularSum | undefined, dim: number): LevBlock {
  const uppers = presentLevels(sum).map(({ level }) => level.upper)
  return { name, dtype: 'f64', length: uppers.length * dim * dim, data: uppers }
}

/** The levels of which `errorsName` in the header and block `name` tell. Throws Content. */
export function levelsFrom(file: LevFile, errorsName: string, name: string, dim: number): TriangularLevel[] {
  const header = new HeaderFields(file)
  const errors = header.pairs(errorsName, 'pairs of level and error')
  const uppers = readBlock(file, name, errors.length * dim * dim)
  const levels: TriangularLevel[] = []
  errors.forEach(([index, columnError], i) => {
    if (!(Number.isInteger(index) && index >= 0 && index < 64))
      throw header.contradiction(errorsName, 'levels below 64')
    levels[index] = { upper: uppers.subarray(i * dim * dim, (i + 1) * dim * dim), columnError }
  })
  return levels
}

function presentLevels(sum: TriangularSum | undefined): { index: number; level: TriangularLevel }[] {
  return (sum?.levels ?? []).flatMap((level, index) => (level ? [{ index, level }] : []))
}
