import { kindOf } from '../arguments/kind-of.ts'
import { LevError } from '../errors.ts'
import type { UniversalSet } from './universal-set.ts'

/** Throws Option where `value` is no universal set of this version: what a search relies on is not there. */
export function requireUniversal(value: unknown): asserts value is UniversalSet {
  if (isUniversal(value)) return
  throw new LevError('Option', `universal is ${adviceFor(value)}`)
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

function isUniversal(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value.factor)) return false
  const { p, epsilon, rowCount, dim, rowIds, bounds, keys } = value
  if (![p, epsilon, rowCount, dim].every((fact) => typeof fact === 'number')) return false
  if (!(rowIds instanceof Float64Array && bounds instanceof Float64Array)) return false
  if (!(keys instanceof Float32Array || keys instanceof Float64Array)) return false
  return bounds.length === rowIds.length && keys.length === rowIds.length * (dim as number)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
