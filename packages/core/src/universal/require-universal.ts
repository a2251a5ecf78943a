import { isLost } from '../arguments/floats.ts'
import { kindOf, shown } from '../arguments/kind-of.ts'
import { LevError } from '../errors/errors.ts'
import { isEpsilon, LEAST_EPSILON } from '../arithmetic/numeric.ts'
import { MAX_COLS } from '../matrix/matrix-source.ts'
import { firstNonFinite } from '../matrix/non-finite.ts'
import type { UniversalSet } from './universal-set.ts'
import { ANY_POWER, isPower, sameAttention } from '../attention/attention.ts'

/**
 * Throws Option where `value` is no universal set of this version: what a search relies on is not there, or its numbers
 * cannot be those of one. O(|U| d); whether they are true is not looked at, as it is of a file.
 */
export function requireUniversal(value: unknown): asserts value is UniversalSet {
  if (!isUniversal(value)) throw new LevError('Option', `universal is ${adviceFor(value)}`)
  const fault = faultOf(value)
  if (fault === undefined) return
  const message = `universal is no whole universal set: ${fault}; lev.universalSet(keys), openUniversalSet(path) and KeySummary make one`
  throw new LevError('Option', message)
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
  return entriesFault(universal) ?? factorFault(universal)
}

function entriesFault({ dim, rowIds, bounds, keys }: UniversalSet): string | undefined {
  const badKey = firstNonFinite(keys)
  if (badKey >= 0) return `keys holds ${keys[badKey]} at row ${Math.floor(badKey / dim)}`
  const badBound = bounds.findIndex((bound) => !(bound >= 0))
  if (badBound >= 0) return `bounds holds ${bounds[badBound]} at ${badBound}`
  const badId = rowIds.findIndex((rowId) => !isCount(rowId))
  if (badId >= 0) return `rowIds holds ${rowIds[badId]} at ${badId}`
  return undefined
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
