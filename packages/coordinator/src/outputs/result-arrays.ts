import {
  type ElementType,
  type NpzArrays,
  openFileSource,
  openNpzArrays,
  requireEach,
  type RowRange,
  unusable,
} from '@levattention/core/internal'

/** Types of row ids: ours, and what NumPy makes of them. */
export const ROW_ID_TYPES: readonly ElementType[] = ['u64', 'i64', 'i32']

/** Numbers of a matrix that are looked at together. */
const BLOCK_NUMBERS = 2 ** 16

/** Arrays and meta of a .npz of ours for NumPy: every miss is a Content error that names file and array. */
export class ResultArrays {
  readonly file: string
  readonly #npz: NpzArrays

  constructor(file: string, npz: NpzArrays) {
    this.file = file
    this.#npz = npz
  }

  has(name: string): boolean {
    return this.#npz.shape(name) !== undefined
  }

  /** Of what `name` consists: 'f32', 'f64'; undefined where there is none. */
  type(name: string): ElementType | undefined {
    return this.#npz.type(name)
  }

  /** Shape of `name`, as long as `wanted`. */
  shape(name: string, wanted: number): readonly number[] {
    const shape = this.#npz.shape(name)
    if (shape?.length === wanted) return shape
    throw unusable(this.file, name, `of ${wanted} dimensions`, shape ? `(${shape.join(', ')})` : 'absent')
  }

  /** All numbers of `name`, whose shape is to be `wanted`. */
  all(name: string, types: readonly ElementType[], ...wanted: number[]): Float64Array {
    this.#requireShape(name, wanted)
    return this.#npz.numbers(
      name,
      types,
      0,
      wanted.reduce((product, length) => product * length, 1),
    )
  }

  /** Throws unless all numbers of `name` [rows, cols] are finite. */
  requireFinite(name: string, types: readonly ElementType[], rows: number, cols: number): void {
    this.#requireShape(name, [rows, cols])
    const step = Math.max(1, Math.floor(BLOCK_NUMBERS / Math.max(1, cols)))
    for (let row = 0; row < rows; row += step) {
      const block = this.#npz.numbers(name, types, row * cols, Math.min(rows, row + step) * cols)
      const at = block.findIndex((value) => !Number.isFinite(value))
      if (at < 0) continue
      const where = `in row ${row + Math.floor(at / cols)}, column ${at % cols}`
      throw unusable(this.file, name, 'finite numbers', block[at], where)
    }
  }

  meta(): Meta {
    let value: unknown
    try {
      value = JSON.parse(this.#npz.text('meta'))
    } catch {
      value = undefined
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw unusable(this.file, 'meta', 'a JSON object', typeof value)
    return new Meta(this.file, value as Record<string, unknown>)
  }

  #requireShape(name: string, wanted: readonly number[]): void {
    const shape = this.#npz.shape(name)
    if (shape?.length === wanted.length && shape.every((length, i) => length === wanted[i])) return
    const text = (one: readonly number[]) => `(${one.join(', ')})`
    throw unusable(this.file, name, `of shape ${text(wanted)}`, shape ? text(shape) : 'absent')
  }
}

/** Numbers of a result's meta. */
export class Meta {
  readonly #file: string
  readonly #value: Readonly<Record<string, unknown>>

  constructor(file: string, value: Readonly<Record<string, unknown>>) {
    this.#file = file
    this.#value = value
  }

  number(name: string, least: number, most: number): number {
    const value = this.#value[name]
    if (typeof value === 'number' && value >= least && value <= most) return value
    throw unusable(this.#file, `meta.${name}`, `a number from ${least} to ${most}`, value)
  }

  has(name: string): boolean {
    return this.#value[name] !== undefined
  }

  isNull(name: string): boolean {
    return this.#value[name] === null
  }

  /** Throws unless `name` is one of `values`, which it returns. */
  oneOf<T extends string | number>(name: string, ...values: readonly T[]): T {
    const value = this.#value[name]
    const found = values.find((one) => one === value)
    if (found !== undefined) return found
    throw unusable(this.#file, `meta.${name}`, values.map((one) => JSON.stringify(one)).join(' or '), value)
  }

  /** Throws where `name` is there. */
  absent(name: string, why: string): void {
    if (this.has(name)) throw unusable(this.#file, `meta.${name}`, `absent, ${why}`, this.#value[name])
  }

  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(name, least, most)
    if (Number.isInteger(value)) return value
    throw unusable(this.#file, `meta.${name}`, 'a whole number', value)
  }

  truth(name: string): boolean {
    const value = this.#value[name]
    if (typeof value === 'boolean') return value
    throw unusable(this.#file, `meta.${name}`, 'true or false', value)
  }

  /** A range [first, end) of rows. */
  range(name: string): readonly [first: number, end: number] {
    const value = this.#value[name]
    const [first, end, ...more] = Array.isArray(value) ? (value as unknown[]).map(Number) : [NaN, NaN]
    if (
      Number.isSafeInteger(first) &&
      Number.isSafeInteger(end) &&
      0 <= first &&
      first < end &&
      more.length === 0
    )
      return [first, end]
    throw unusable(this.#file, `meta.${name}`, 'a range [first, end) of rows', value)
  }

  /** A SHA-256. */
  digest(name: string): string {
    const value = this.#value[name]
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
    throw unusable(this.#file, `meta.${name}`, 'a SHA-256', value)
  }

  /** Ranges of `count` rows: in order, apart, none empty. */
  ranges(name: string, count: number): RowRange[] {
    const value = this.#value[name]
    const ranges = (Array.isArray(value) ? value : [NaN]).map((one: unknown) => {
      const [rowStart, rowEnd] = Array.isArray(one) ? (one as unknown[]).map(Number) : [NaN, NaN]
      return { rowStart, rowEnd }
    })
    let next = 0
    let rows = 0
    for (const { rowStart, rowEnd } of ranges) {
      const isRange = Number.isSafeInteger(rowStart) && Number.isSafeInteger(rowEnd) && rowStart < rowEnd
      if (!isRange || rowStart < next)
        throw unusable(this.#file, `meta.${name}`, 'ranges of rows, in order', value)
      next = rowEnd
      rows += rowEnd - rowStart
    }
    if (rows !== count)
      throw unusable(this.#file, `meta.${name}`, `ranges of ${count} rows, as n says`, value)
    return ranges
  }
}

/** What `use` makes of the arrays in the .npz at `path`. Throws Content where it is damaged, NotFound. */
export function withResult<T>(path: string, use: (arrays: ResultArrays) => T): T {
  const source = openFileSource(path)
  try {
    return use(new ResultArrays(path, openNpzArrays(source)))
  } finally {
    source.close()
  }
}

export function requireNumbers(
  { file }: ResultArrays,
  name: string,
  values: ArrayLike<number>,
  good: (value: number, index: number) => boolean,
  wanted: string,
): void {
  requireEach(file, name, values, good, wanted)
}
