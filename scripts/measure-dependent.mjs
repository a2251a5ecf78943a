// @ts-check
// node scripts/measure-dependent.mjs [--epsilon 0.01]: U of keys whose columns depend on one another, exactly or nearly, against the exact
// one (columns that span the same and are well conditioned, orthogonalised twice), and heavy pairs of queries like keys, at random, along
// small directions and in the null space against dots of twice the precision with every key. Then, for p other than 2, U beside that of the
// independent columns alone. Markdown tables; exit code 1 where a pair is missed, or U is more than 2 % and one key too large (p = 2).
import { scriptArguments } from './script-arguments.mjs'
import { matrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'
import { Random } from '../test/support/random.mjs'

const { values } = scriptArguments({ options: { epsilon: { type: 'string', default: '0.01' } } })
const epsilon = Number(values.epsilon)

/**
 * Rows [n, d]; columns that span the same, well conditioned; combinations that vanish on all rows, or nearly.
 * @typedef {{ name: string, rows: number[][], basis: number[][], small: number[][] }} Table
 */

/** @param {number} at @param {number} of */
const oneHot = (at, of) => Array.from({ length: of }, (_, i) => (i === at ? 1 : 0))
/** @param {number} length @param {(i: number) => number} of */
const list = (length, of) => Array.from({ length }, (_, i) => of(i))

/** Days of the week beside an intercept and 23 Chebyshev polynomials in time, with outliers. */
function births() {
  const random = new Random(3)
  const rows = list(7305, Number).map((_, r) => {
    const t = (2 * r) / 7305 - 1
    const smooth = list(23, (k) => Math.cos((k + 1) * Math.acos(t)))
    if (random.uniform() < 0.008) smooth[random.below(23)] *= 3 + 17 * random.uniform()
    return [...oneHot(r % 7, 7), 1, ...smooth]
  })
  const vanishing = [...list(7, () => 1), -1, ...list(23, () => 0)]
  return {
    name: 'one-hot, intercept, polynomial',
    rows,
    basis: rows.map((row) => row.slice(1)),
    small: [vanishing],
  }
}

/** Counts of 256 bytes, 41 of which are sums of two others. */
function histograms() {
  const random = new Random(4)
  const pairs = list(41, Number).map(() => [random.below(215), random.below(215)])
  const rows = list(40_000, Number).map(() => {
    const heavy = random.uniform() < 0.02 ? 200 : 4
    const own = list(215, (a) => Math.floor((heavy * -Math.log(random.uniform())) / (1 + (a % 9))))
    return [...own, ...pairs.map(([a, b]) => own[a] + own[b])]
  })
  const small = pairs.slice(0, 4).map(([a, b], i) => {
    const query = list(256, () => 0)
    query[a] += 1
    query[b] += 1
    query[215 + i] -= 1
    return query
  })
  return {
    name: 'byte histograms, rank 215 of 256',
    rows,
    basis: rows.map((row) => row.slice(0, 215)),
    small,
  }
}

/** 20 heavy-tailed columns, five of them twice. */
function duplicated() {
  const random = new Random(5)
  const rows = list(5000, Number).map(() => {
    const own = list(20, () => random.normal() / (0.05 + random.uniform()))
    return [...own, ...own.slice(0, 5)]
  })
  const small = list(5, Number).map((_, i) => list(25, (a) => (a === i ? 1 : a === 20 + i ? -1 : 0)))
  return { name: 'columns that stand twice', rows, basis: rows.map((row) => row.slice(0, 20)), small }
}

/** Three exact copies, and three to a relative 10^-digits. @param {number} digits */
function copied(digits) {
  const random = new Random(6)
  const rows = list(5000, Number).map(() => {
    const own = list(12, () => random.normal() / (0.1 + random.uniform()))
    const near = own.slice(3, 6).map((x) => x * (1 + random.normal() * 10 ** -digits))
    return [...own, ...own.slice(0, 3), ...near]
  })
  // A near copy less what it copies: exact, and as far from the others as any column.
  const basis = rows.map((row) => [...row.slice(0, 12), ...list(3, (i) => row[15 + i] - row[3 + i])])
  const small = list(6, Number).map((_, i) => list(18, (a) => (a === i ? 1 : a === 12 + i ? -1 : 0)))
  return { name: `copies, exact ones and to 1e-${digits}`, rows, basis, small }
}

/** Of the columns of `basis` [n, r]: rows of an orthonormal basis, squared and added. @param {number[][]} basis */
function leverageOf(basis) {
  const [n, r] = [basis.length, basis[0].length]
  /** @type {Float64Array[]} */
  const done = []
  for (let a = 0; a < r; a++) {
    const column = Float64Array.from(basis, (row) => row[a])
    for (let pass = 0; pass < 2; pass++) {
      for (const unit of done) {
        const along = unit.reduce((sum, x, i) => sum + x * column[i], 0)
        for (let i = 0; i < n; i++) column[i] -= along * unit[i]
      }
    }
    const length = Math.sqrt(column.reduce((sum, x) => sum + x * x, 0))
    done.push(column.map((x) => x / length))
  }
  return Float64Array.from({ length: n }, (_, i) => done.reduce((sum, unit) => sum + unit[i] ** 2, 0))
}

/** @param {number} x */
const upperHalf = (x) => {
  const scaled = 134217729 * x // 2^27 + 1
  return scaled - (scaled - x)
}

/** Dot2 of Ogita, Rump and Oishi. @param {Float64Array} x @param {Float64Array} y */
function wideDot(x, y) {
  let [sum, rest] = [0, 0]
  for (let a = 0; a < x.length; a++) {
    const product = x[a] * y[a]
    const [xHigh, yHigh] = [upperHalf(x[a]), upperHalf(y[a])]
    const [xLow, yLow] = [x[a] - xHigh, y[a] - yHigh]
    const ofProduct = xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow)
    const next = sum + product
    const part = next - sum
    rest += sum - (next - part) + (product - part) + ofProduct
    sum = next
  }
  return sum + rest
}

/**
 * Of one query: keys with a score of epsilon, by dots of twice the precision.
 * @param {Float64Array} query @param {Float64Array[]} keys @param {number} p
 */
function heavyOf(query, keys, p) {
  const sizes = keys.map((key) => Math.abs(wideDot(query, key)))
  const largest = Math.max(...sizes)
  const powers = sizes.map((size) => (size / largest) ** p)
  const sum = powers.reduce((total, x) => total + x, 0)
  return powers.flatMap((x, j) => (largest > 0 && x >= epsilon * (1 + 1e-9) * sum ? [j] : []))
}

/**
 * How many heavy pairs of each kind of queries are missed, of how many.
 * @param {import('@levattention/core').UniversalSet} universal @param {Table} table @param {number} p
 */
async function missedOf(universal, table, p) {
  const { kinds, n, d } = queriesOf(table)
  const keys = matrix(flat(table.rows), { rows: n, cols: d })
  const columns = table.rows.map((row) => Float64Array.from(row))
  const missed = []
  for (const queries of Object.values(kinds)) {
    const found = new Set()
    const asked = matrix(flat(queries), { rows: queries.length, cols: d })
    for await (const hits of lev.heavyAttentions(universal, asked, { keys, epsilon }))
      for (let i = 0; i < hits.queryCount; i++)
        for (let at = hits.offsets[i]; at < hits.offsets[i + 1]; at++)
          found.add(`${hits.queryStart + i}:${hits.keyIds[at]}`)
    const wanted = queries.flatMap((query, q) =>
      heavyOf(Float64Array.from(query), columns, p).map((j) => `${q}:${j}`),
    )
    missed.push(`${wanted.filter((pair) => !found.has(pair)).length} of ${wanted.length}`)
  }
  return missed
}

/** @param {Table} table */
function queriesOf({ rows, small }) {
  const random = new Random(9)
  const [n, d] = [rows.length, rows[0].length]
  const keyLike = list(20, Number).map(() => rows[random.below(n)])
  const general = list(20, Number).map(() => list(d, () => random.normal()))
  const mixed = small.flatMap((direction) =>
    [1e-4, 1e-8].map((share) => direction.map((x) => x + share * random.normal())),
  )
  return { kinds: { 'like keys': keyLike, random: general, 'small and null': [...small, ...mixed] }, n, d }
}

const flat = (/** @type {number[][]} */ rows) => Float64Array.from(rows.flat())
const lev = await levattention({ workers: 2 })
let isMissed = false
console.log(
  '| keys | n x d | rank | U | exact | bounds off by at most | missed pairs: like keys, random, small and null |',
)
console.log('|---|---|---|---|---|---|---|')
for (const table of [births(), histograms(), duplicated(), ...[6, 7, 8, 9, 10, 11].map(copied)]) {
  const [n, d] = [table.rows.length, table.rows[0].length]
  const universal = await lev.universalSet(matrix(flat(table.rows), { rows: n, cols: d }), { epsilon })
  const tau = leverageOf(table.basis)
  const exact = tau.reduce((count, x) => count + (x >= epsilon ? 1 : 0), 0)
  const size = universal.rowIds.length
  const off = universal.rowIds.reduce(
    (most, row, slot) => Math.max(most, universal.bounds[slot] / tau[row] - 1),
    0,
  )
  const missed = await missedOf(universal, table, 2)
  const isLarge = size > 1.02 * exact + 1
  isMissed ||= isLarge || missed.some((text) => !text.startsWith('0 '))
  console.log(
    `| ${table.name} | ${n} x ${d} | ${table.basis[0].length} | ${size} | ${exact} (${((size / exact - 1) * 100).toFixed(1)} % more) | ${(100 * off).toFixed(2)} % | ${missed.join(', ')} |`,
  )
}
console.log('\n| keys | p | U | of the independent columns | missed pairs |')
console.log('|---|---|---|---|---|')
for (const table of [births(), duplicated(), ...[6, 9, 12].map(copied)])
  for (const p of [1, 1.5, 3, 4]) {
    const sizeOf = async (/** @type {number[][]} */ rows) => {
      const keys = matrix(flat(rows), { rows: rows.length, cols: rows[0].length })
      return await lev.universalSet(keys, { epsilon, p })
    }
    const universal = await sizeOf(table.rows)
    const alone = await sizeOf(table.basis)
    const missed = await missedOf(universal, table, p)
    isMissed ||= missed.some((text) => !text.startsWith('0 '))
    const cells = [table.name, p, universal.rowIds.length, alone.rowIds.length, missed.join(', ')]
    console.log(`| ${cells.join(' | ')} |`)
  }
await lev.close()
process.exitCode = isMissed ? 1 : 0
