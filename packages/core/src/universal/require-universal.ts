import { isLost } from '../arguments/floats.ts'
import { kindOf, shown } from '../arguments/kind-of.ts'
import { LevError } from '../errors/errors.ts'
import { isEpsilon, LEAST_EPSILON } from '../arithmetic/numeric.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import { firstNonFinite } from '../matrix/non-finite.ts'
import type { UniversalSet } from './universal-set.ts'
import { ANY_POWER, isPower, sameAttention } from '../attention/attention.ts'

/**
 * Throws Option where `value` is no universal set of this version: what a search relies on is not there, or of another size. Of its
 * entries `tryingEntries` speaks.
 */
export function requireUniversal(value: unknown): asserts value is UniversalSet {
  if (!isUniversal(value)) throw new LevError('Option', `universal is ${adviceFor(value)}`)
  const fault = faultOf(value)
  if (fault !== undefined) throw notWhole(fault)
}

/** Rows that are looked at between two turns of a thread hold so many numbers. */
const PIECE_LENGTH = 2 ** 19

/**
 * Looks at all entries of a set that `requireUniversal` let through, some at a time. Throws Option where they cannot be those of one;
 * whether they are true is not looked at, as it is of a file.
 */
export function* tryingEntries(universal: UniversalSet): Generator<void, void, void> {
  const { dim, rowIds, bounds, keys } = universal
  for (let start = 0; start < keys.length; start += PIECE_LENGTH) {
    const badKey = firstNonFinite(keys, start, Math.min(keys.length, start + PIECE_LENGTH))
    if (badKey >= 0) throw notWhole(`keys holds ${keys[badKey]} at row ${Math.floor(badKey / dim)}`)
    yield
  }
  const badBound = bounds.findIndex((bound) => !(bound >= 0))
  if (badBound >= 0) throw notWhole(`bounds holds ${bounds[badBound]} at ${badBound}`)
  yield
  const badId = rowIds.findIndex((rowId) => !isCount(rowId))
  if (badId >= 0) throw notWhole(`rowIds holds ${rowIds[badId]} at ${badId}`)
}

function notWhole(fault: string): LevError {
  const message = `universal is no whole universal set: ${fault}; lev.universalSet(keys), openUniversalSet(path) and KeySummary make one`
  return new LevError('Option', message)
}

function adviceFor(value: unknown): string {
  if (typeof value === 'string') return `a string; open the file: openUniversalSet('${value}')`
  if (!isRecord(value)) return `${kindOf(value)}, no universal set`
  if (typeof value.universalSet === 'function')
    return `${kindOf(value)}; its universal set is what its universalSet() returns`
  if ('readRows' in value) return 'a matrix; find its universal set first: await lev.universalSet(keys)'
  const found =
    'rowIds' in value ? 'a universal set of another version' : `${kindOf(value)}, no universal set`
  return `${found}; lev.universalSet(keys), openUniversalSet(path) and KeySummary make one`
}

/** Whether the kinds of all that a search reads first are right. */
function isUniversal(value: unknown): value is UniversalSet {
  if (!isRecord(value) || !isRecord(value.factor)) return false
  const { p, epsilon, rowCount, dim, rowIds, bounds, keys } = value
  if (![p, epsilon, rowCount, dim].every((fact) => typeof fact === 'number')) return false
  if (!(rowIds instanceof Float64Array && bounds instanceof Float64Array)) return false
  return keys instanceof Float32Array || keys instanceof Float64Array
}

/** What cannot be of a universal set; undefined where all may be. */
function faultOf(universal: UniversalSet): string | undefined {
  const { p, epsilon, rowCount, dim, rowIds, bounds, keys } = universal
  const not = (name: string, value: unknown, wanted: string) => `${name} is ${shown(value)}, not ${wanted}`
  if (!isPower(p)) return not('p', p, ANY_POWER)
  if (!isEpsilon(epsilon)) return not('epsilon', epsilon, `a number from ${LEAST_EPSILON} to 1`)
  if (!isCount(rowCount)) return not('rowCount', rowCount, 'a number of keys')
  if (!(isCount(dim) && dim >= 1 && dim <= MAX_COLS))
    return not('dim', dim, `a number of columns from 1 to ${MAX_COLS}`)
  for (const [name, view] of Object.entries({ rowIds, bounds, keys }))
    if (isLost(view)) return `the buffer of ${name} has been transferred`
  const size = rowIds.length
  if (bounds.length !== size || keys.length !== size * dim)
    return `it has ${size} row ids, ${bounds.length} bounds and keys of ${keys.length} numbers, ${dim} a row`
  if (size > rowCount) return `it has ${size} keys of ${rowCount}`
  return factorFault(universal)
}

/** The arrays that every search reads, and whose rows they are of. */
function factorFault({ factor, p, dim, rowCount }: UniversalSet): string | undefined {
  const square = dim * dim
  const arrays = [
    ['exponents', Int32Array, dim],
    ['columnNorms', Float64Array, dim],
    ['live', Uint8Array, dim],
    ['lower', Float64Array, square],
    ['gram', Float64Array, square],
  ] as const
  for (const [name, kind, length] of arrays) {
    const found: unknown = factor[name]
    if (!(found instanceof kind && found.length === length)) return `factor.${name} is not of ${dim} columns`
  }
  if (factor.dim !== dim || factor.rowCount !== rowCount)
    return `its factor is of ${factor.rowCount} keys of ${factor.dim} columns, and it of ${rowCount} of ${dim}`
  if (factor.power !== undefined && !sameAttention(factor.power, { p }))
    return `its factor is for p = ${factor.power.p}, and it for ${p}`
  return undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
