import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import type { HeaderValue } from '../lev/canonical.ts'
import type { LevFile } from '../lev/lev-reader.ts'
import type { LevBlock } from '../lev/lev-writer.ts'
import { qrColumnError } from '../linalg/qr-error.ts'
import type { RowRanges } from '../matrix/row-ranges.ts'
import type { TriangularLevel, TriangularSum } from '../sums/triangular-sum.ts'
import { unusable } from '../validation/block-checks.ts'

/** Block `name` of `length` float64. Throws Content where it has another length, before it is read. */
export function readBlock(file: LevFile, name: string, length: number): Float64Array {
  requireLength(file, name, length)
  return file.read(name, 'f64')
}

/** Throws Content where block `name` is there and has another length. */
function requireLength(file: LevFile, name: string, length: number): void {
  const found = file.find(name)
  if (found === undefined || found.length === length) return
  throw unusable(file.name, name, counted(length, 'number'), `${found.length} of them`)
}

/** Keys [count, dim] in block `name`, in the type in which they were read. Throws Content. */
export function readKeys(file: LevFile, name: string, length: number): Float32Array | Float64Array {
  requireLength(file, name, length)
  return file.read(name, file.find(name)?.dtype === 'f64' ? 'f64' : 'f32')
}

/** What a number of a header may be. */
interface NumberRange {
  readonly least?: number
  readonly most?: number
  readonly infinite?: boolean
}

/** Typed access to a .lev header: every miss is a Content error that names file, field and what is there. */
export class HeaderFields {
  readonly #file: LevFile

  constructor(file: LevFile) {
    this.#file = file
  }

  has(name: string): boolean {
    return this.#file.header[name] !== undefined
  }

  /** A number in [least, most], finite unless `infinite`. */
  number(name: string, { least = -Infinity, most = Infinity, infinite = false }: NumberRange = {}): number {
    const value = this.#file.header[name]
    const isNumber = typeof value === 'number' && !Number.isNaN(value)
    if (isNumber && (infinite || Number.isFinite(value)) && value >= least && value <= most) return value
    const kind = infinite ? 'a number' : 'a finite number'
    const from = least === -Infinity ? '' : `, ${least} or more`
    throw this.contradiction(name, `${kind}${from}${most === Infinity ? '' : ` and at most ${most}`}`)
  }

  /** A number above 0 and at most `most`. */
  positive(name: string, most = Number.MAX_VALUE): number {
    const value = this.#file.header[name]
    if (typeof value === 'number' && value > 0 && value <= most) return value
    const range = most === Number.MAX_VALUE ? 'above 0 and finite' : `above 0 and at most ${most}`
    throw this.contradiction(name, `a number ${range}`)
  }

  /** A whole number in [least, most]. */
  integer(name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.#file.header[name]
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value)
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`
    throw this.contradiction(name, `a whole number ${range}`)
  }

  /** One of `values`, among which undefined stands for a field that is absent. */
  oneOf<T extends string | number | boolean | undefined>(name: string, values: readonly T[]): T {
    const value = this.#file.header[name]
    const found = values.find((one) => one === value)
    if (found !== undefined || (value === undefined && values.includes(undefined as T))) return found as T
    const known = values.flatMap((one) =>
      one === undefined ? [] : [typeof one === 'string' ? `'${one}'` : String(one)],
    )
    throw this.contradiction(name, known.join(' or '))
  }

  /** A list of columns of `dim`, ascending, each once. */
  columns(name: string, dim: number): number[] {
    const value = this.#file.header[name]
    const isColumn = (column: HeaderValue, i: number, all: readonly HeaderValue[]): column is number =>
      Number.isInteger(column) &&
      Number(column) >= 0 &&
      Number(column) < dim &&
      (i === 0 || Number(column) > Number(all[i - 1]))
    if (Array.isArray(value) && value.every(isColumn)) return value
    throw this.contradiction(name, `a list of columns below ${dim}, ascending`)
  }

  /** Ranges of row ids: sorted, disjoint, none empty. */
  ranges(name: string): RowRanges {
    const ranges = this.pairs(name, 'row ranges').map(([rowStart, rowEnd]) => ({ rowStart, rowEnd }))
    ranges.forEach(({ rowStart, rowEnd }, i) => {
      const isRange = Number.isSafeInteger(rowStart) && Number.isSafeInteger(rowEnd) && rowStart < rowEnd
      const least = i === 0 ? 0 : ranges[i - 1].rowEnd
      if (isRange && rowStart >= least) return
      const wanted = 'ranges of row ids that are not empty, in order, apart'
      throw unusable(this.#file.name, name, wanted, [rowStart, rowEnd], `at index ${i}`)
    })
    return ranges
  }

  /** A list of pairs of numbers; `wanted` says what they are. */
  pairs(name: string, wanted: string): [number, number][] {
    const value = this.#file.header[name]
    if (!Array.isArray(value)) throw this.contradiction(name, wanted)
    return value.map((pair: HeaderValue, i) => {
      const [first, second, more] = Array.isArray(pair) ? (pair as HeaderValue[]) : []
      if (typeof first !== 'number' || typeof second !== 'number' || more !== undefined)
        throw unusable(this.#file.name, name, wanted, pair, `at index ${i}`)
      return [first, second]
    })
  }

  contradiction(name: string, wanted: string): LevError {
    const value = this.#file.header[name]
    return unusable(this.#file.name, name, wanted, ...(value === undefined ? [] : [value]))
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

/** More levels than any number of chunks has. */
const MOST_LEVELS = 64
/** Far above what any number of joins of 4096 columns comes to: 4.1e-10 each. */
const MOST_ERROR = 1e-3

/** The levels of which `errorsName` in the header and block `name` tell. Throws Content. */
export function levelsFrom(file: LevFile, errorsName: string, name: string, dim: number): TriangularLevel[] {
  const wanted = `pairs of a level below ${MOST_LEVELS}, ascending, and an error of a part in a thousand at most`
  const errors = new HeaderFields(file).pairs(errorsName, wanted)
  const least = (1 - 2 ** -40) * qrColumnError(1, dim)
  errors.forEach(([index, columnError], i) => {
    const isLevel = Number.isInteger(index) && index >= 0 && index < MOST_LEVELS
    const follows = i === 0 || index > errors[i - 1][0]
    if (isLevel && follows && columnError >= least && columnError <= MOST_ERROR) return
    throw unusable(file.name, errorsName, wanted, [index, columnError], `at index ${i}`)
  })
  const uppers = readBlock(file, name, errors.length * dim * dim)
  const levels: TriangularLevel[] = []
  errors.forEach(([index, columnError], i) => {
    levels[index] = { upper: uppers.subarray(i * dim * dim, (i + 1) * dim * dim), columnError }
  })
  return levels
}

function presentLevels(sum: TriangularSum | undefined): { index: number; level: TriangularLevel }[] {
  return (sum?.levels ?? []).flatMap((level, index) => (level ? [{ index, level }] : []))
}

/** What `open` makes of `file`: an error of ours (Internal) on numbers that were read is one of the file, so Content. */
export function whileOpened<T>(file: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    if (!(error instanceof LevError) || error.tag !== 'Internal') throw error
    const message = `${file}: its numbers cannot all be true, as no factor of its sums exists; the file is not usable, build it again`
    throw new LevError('Content', message, { file }, { cause: error })
  }
}
