// @ts-check
/**
 * @typedef {object} DefinedCase
 * @property {string} what
 * @property {number} cols
 * @property {number[][]} keys
 * @property {number[][]} queries
 * @property {number} epsilon
 * @property {number[][]} universal [row id, leverage] of U
 * @property {number[][]} pairs [query, key, score]
 * @property {number[]} undefinedRows
 * @property {boolean} float32 entries are exact in it, so both element types are tried
 */

/**
 * Inputs with answers in closed form: A = <q,k>^2 / sum <q,k>^2; where the keys are multiples of basis vectors, the
 * leverage of a key is its square over the sum of squares in its column.
 * @returns {Generator<DefinedCase>}
 */
export function* definedCases() {
  yield* empty()
  yield* zeros()
  yield* few()
  yield* extremes()
  for (const copies of [20, 100, 1000]) yield repeatedBasis(copies)
}

/**
 * Rows of numbers: 'a b; c d', fractions allowed.
 * @param {string} text
 */
function table(text) {
  const rows = text.split(';').map((row) => row.trim().split(/\s+/))
  return rows.map((row) =>
    row.map((entry) =>
      entry
        .split('/')
        .map(Number)
        .reduce((a, b) => a / b),
    ),
  )
}

/** @type {(dim: number, axis: number, length?: number) => number[]} */
const basis = (dim, axis, length = 1) => Array.from({ length: dim }, (_, a) => (a === axis ? length : 0))
const range = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => i)

/** @returns {Generator<DefinedCase>} */
function* empty() {
  const none = { universal: [], pairs: [], float32: true, epsilon: 0.1, cols: 4 }
  const queries = table('1 0 0 0; 0 1 0 0; 1 2 3 4')
  const keys = range(4).map((axis) => basis(4, axis))
  yield { ...none, what: 'n = 0', keys: [], queries, undefinedRows: [0, 1, 2] }
  yield {
    ...none,
    what: 'm = 0',
    keys,
    queries: [],
    universal: table('0 1; 1 1; 2 1; 3 1'),
    undefinedRows: [],
  }
  yield { ...none, what: 'n = 0 and m = 0', keys: [], queries: [], undefinedRows: [] }
}

function* zeros() {
  yield {
    what: 'zero rows among the keys',
    cols: 2,
    keys: table('0 0; 3 0; 0 0; 4 0; 0 5; 0 0'),
    queries: table('1 0; 0 1; 5 1'),
    epsilon: 0.01,
    universal: table('1 9/25; 3 16/25; 4 1'),
    pairs: table('0 1 9/25; 0 3 16/25; 1 4 1; 2 1 225/650; 2 3 400/650; 2 4 25/650'),
    undefinedRows: [],
    float32: true,
  }
  yield {
    what: 'K all zero',
    cols: 3,
    keys: range(12).map(() => [0, 0, 0]),
    queries: table('1 0 0; 1 2 3; 0 0 0'),
    epsilon: 0.01,
    universal: [],
    pairs: [],
    undefinedRows: [0, 1, 2],
    float32: true,
  }
  yield {
    what: 'zero queries',
    cols: 2,
    keys: table('1 0; 0 2'),
    queries: table('0 0; 1 0; 0 0; 2 1'),
    epsilon: 0.5,
    universal: table('0 1; 1 1'),
    pairs: table('1 0 1; 3 0 1/2; 3 1 1/2'),
    undefinedRows: [0, 2],
    float32: true,
  }
}

function* few() {
  yield {
    what: 'duplicate rows, one negated',
    cols: 2,
    keys: table('1 0; 0 3; 1 0; -1 0; 0 3'),
    queries: table('1 0; 0 -1; 3 1'),
    epsilon: 0.3,
    universal: table('0 1/3; 1 1/2; 2 1/3; 3 1/3; 4 1/2'),
    pairs: table('0 0 1/3; 0 2 1/3; 0 3 1/3; 1 1 1/2; 1 4 1/2'),
    undefinedRows: [],
    float32: true,
  }
  yield {
    what: 'one row: every query not orthogonal to it gives it all',
    cols: 3,
    keys: table('1.5 -0.5 1'),
    queries: [
      [1, 1, -1],
      [1, 0, 0],
      [3, 4, 5],
      [2 ** -60, 0, 0],
      [0, 0, 0],
    ],
    epsilon: 1,
    universal: table('0 1'),
    pairs: table('1 0 1; 2 0 1; 3 0 1'),
    undefinedRows: [0, 4],
    float32: true,
  }
  yield {
    what: 'one row and one column',
    cols: 1,
    keys: table('-7'),
    queries: table('1; 0; -2'),
    epsilon: 1,
    universal: table('0 1'),
    pairs: table('0 0 1; 2 0 1'),
    undefinedRows: [1],
    float32: true,
  }
}

/** Columns with squares 9 + 16 and 25 + 144, in scales whose squares overflow or vanish. */
function* extremes() {
  const first = (/** @type {number} */ query) => table(`${query} 0 9/25; ${query} 1 16/25`)
  const second = (/** @type {number} */ query) => table(`${query} 2 25/169; ${query} 3 144/169`)
  const both = table('2 0 9/194; 2 1 16/194; 2 2 25/194; 2 3 144/194')
  /** @type {[what: string, x: number, y: number][]} */
  const scales = [
    ['all of K at 1e150', 1e150, 1e150],
    ['all of K at 1e-150', 1e-150, 1e-150],
    ['one column at 1e150, one at 1e-150', 1e150, 1e-150],
  ]
  for (const [what, x, y] of scales) {
    yield {
      what,
      cols: 2,
      keys: [
        [3 * x, 0],
        [4 * x, 0],
        [0, 5 * y],
        [0, 12 * y],
      ],
      queries: [
        [1, 0],
        [0, 1],
        [1 / x, 1 / y],
        [x, 0],
        [0, y],
        [1e-150, 0],
        [0, 1e150],
      ],
      epsilon: 0.01,
      universal: table('0 9/25; 1 16/25; 2 25/169; 3 144/169'),
      pairs: [first(0), second(1), both, first(3), second(4), first(5), second(6)].flat(),
      undefinedRows: [],
      float32: false,
    }
  }
}

/**
 * Every key exactly at the threshold: |U| = dim / epsilon, and the query of an axis has all its copies.
 * @param {number} copies
 */
function repeatedBasis(copies) {
  const dim = 5
  const rows = range(dim * copies)
  const copiesOf = (/** @type {number} */ axis) => rows.filter((row) => row % dim === axis)
  return {
    what: `each basis vector ${copies} times, epsilon 1/${copies}`,
    cols: dim,
    keys: rows.map((row) => basis(dim, row % dim, 2 ** (row % dim))),
    queries: [...range(dim).map((axis) => basis(dim, axis)), [1, 1, 0, 0, 0], basis(dim, 0, 0)],
    epsilon: 1 / copies,
    universal: rows.map((row) => [row, 1 / copies]),
    pairs: range(dim).flatMap((axis) => copiesOf(axis).map((row) => [axis, row, 1 / copies])),
    undefinedRows: [dim + 1],
    float32: true,
  }
}
