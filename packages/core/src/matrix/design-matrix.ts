import { exponentOf } from '../arithmetic/column-exponents.ts'
import { LevError } from '../errors/errors.ts'
import { type Design, type MatrixSource, newRows } from './matrix-source.ts'

/** What a caller asks for. */
export interface DesignOptions {
  /** A column of ones in front of the others, as in a linear model with an intercept; default false. */
  readonly intercept?: boolean | undefined
  /**
   * [rows], none negative: Σ w_i |<x_i, b>|^p is that of rows x_i w_i^(1/p), their 1 too; of p = 2 weighted least squares. Each is rounded,
   * to 2u of itself and |ln w|/p u more where p is neither 1 nor 2: scores are those of the rounded rows.
   */
  readonly weights?: Float32Array | Float64Array | undefined
  /** Exponent of |q.k|^p; default 2. */
  readonly p?: number | undefined
}

/**
 * The design matrix [rows, cols + 1 with an intercept] of `source`: leverage scores of it are the hat values of a linear model, weighted
 * where there are weights. Rows are float64 where there are weights. Throws ShapeMismatch and Content for weights that
 * do not fit or are negative or not finite.
 */
export function designMatrix(
  source: MatrixSource,
  { intercept = false, weights, p = 2 }: DesignOptions,
): MatrixSource {
  if (!intercept && weights === undefined) return source
  if (source.spec.design) throw new LevError('Internal', 'a design matrix of a design matrix')
  return designed(source, { intercept, ...(weights && { rowScales: rootsOf(weights, source.rows, p) }) })
}

/** Some columns of a matrix that may be a design matrix. */
export function withColumns(source: MatrixSource, columns: readonly number[]): MatrixSource {
  const { design = { intercept: false } } = source.spec
  const before = design.columns
  const own = { ...design, columns: before ? columns.map((column) => before[column]) : columns }
  return fewerColumns(source, columns, own)
}

/** The same, its parts known. */
export function designed(source: MatrixSource, { columns, ...design }: Design): MatrixSource {
  const { intercept, rowScales } = design
  const whole = intercept || rowScales ? withOnes(source, design) : source
  return columns ? fewerColumns(whole, columns, { ...design, columns }) : whole
}

function fewerColumns(source: MatrixSource, columns: readonly number[], design: Design): MatrixSource {
  const { rows, element, spec, cols: width } = source
  const cols = columns.length
  return {
    rows,
    cols,
    element,
    spec: { ...spec, design },
    readRows(rowStart, rowEnd, into) {
      const given = newRows(element, (rowEnd - rowStart) * width)
      source.readRows(rowStart, rowEnd, given)
      for (let row = 0; row < rowEnd - rowStart; row++)
        for (let col = 0; col < cols; col++) into[row * cols + col] = given[row * width + columns[col]]
    },
    locate: (rowId) => source.locate(rowId),
    close: () => source.close(),
  }
}

function withOnes(source: MatrixSource, design: Omit<Design, 'columns'>): MatrixSource {
  const { rows, spec } = source
  const { intercept, rowScales } = design
  const ones = intercept ? 1 : 0
  const cols = source.cols + ones
  return {
    rows,
    cols,
    element: rowScales ? 'f64' : source.element,
    spec: { ...spec, design },
    readRows(rowStart, rowEnd, into) {
      const count = rowEnd - rowStart
      // At the end of `into`, so that rows that move to its front never cross those that come.
      const given =
        rowScales && source.element === 'f32'
          ? newRows('f32', count * source.cols)
          : into.subarray(count * ones, count * cols)
      source.readRows(rowStart, rowEnd, given)
      spread(into, given, { cols, ones, rowScales: rowScales?.subarray(rowStart, rowEnd) }, count)
    },
    locate: (rowId) => source.locate(rowId),
    close: () => source.close(),
  }
}

/** The column of the table that column `column` of its matrix is; -1: the ones. */
export function tableColumn({ spec: { design } }: Pick<MatrixSource, 'spec'>, column: number): number {
  return (design?.columns?.[column] ?? column) - (design?.intercept ? 1 : 0)
}

function spread(
  into: Float32Array | Float64Array,
  given: Float32Array | Float64Array,
  {
    cols,
    ones,
    rowScales,
  }: { readonly cols: number; readonly ones: number; readonly rowScales?: Float64Array | undefined },
  count: number,
): void {
  const width = cols - ones
  for (let row = 0; row < count; row++) {
    const scale = rowScales ? rowScales[row] : 1
    if (ones > 0) into[row * cols] = scale
    for (let col = 0; col < width; col++) into[row * cols + ones + col] = scale * given[row * width + col]
  }
}

/** w^(1/p), in shared memory. Throws ShapeMismatch, Content. */
function rootsOf(weights: Float32Array | Float64Array, rows: number, p: number): Float64Array {
  if (weights.length !== rows)
    throw new LevError(
      'ShapeMismatch',
      `there are ${weights.length} weights, and ${rows} rows; one a row is needed`,
      { option: 'weights' },
    )
  const roots = new Float64Array(new SharedArrayBuffer(8 * rows))
  weights.forEach((weight: number, row: number) => {
    if (!(weight >= 0 && weight < Infinity)) {
      const message = `weight ${row} is ${weight}; weights are finite, and 0 at least`
      throw new LevError('Content', message, { row, option: 'weights' })
    }
    const root = p === 1 ? weight : p === 2 ? Math.sqrt(weight) : weight ** (1 / p)
    if (weight > 0 && !(root > 0 && root < Infinity)) {
      const message = `weight ${row} is ${weight}, whose power 1/${p}, which scales its row, is beyond the range of float64; scores stay the same where all weights are divided by one of them`
      throw new LevError('Content', message, { row, option: 'weights' })
    }
    roots[row] = root
  })
  return inRange(roots)
}

/** Roots of other sizes would take their rows out of float64's range. */
const USUAL_EXPONENT = 100

/** `roots` times a power of two that brings the largest near 1 where it is far from it: no score changes by it. */
function inRange(roots: Float64Array): Float64Array {
  const largest = roots.reduce((most, root) => Math.max(most, root), 0)
  if (largest === 0) return roots
  const exponent = exponentOf(largest)
  if (Math.abs(exponent) <= USUAL_EXPONENT) return roots
  // Two steps: 2^-exponent by itself may be beyond the range.
  const half = Math.trunc(exponent / 2)
  roots.forEach((root, row) => (roots[row] = root * 2 ** -half * 2 ** (half - exponent)))
  return roots
}
