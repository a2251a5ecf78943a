import { Packr } from '#msgpackr'
import { LevError } from '../errors/errors.ts'
import { msgpackFault } from './msgpack-scan.ts'

/** What a header or a meta record may hold: JSON's values, and non-finite numbers where msgpack carries them. */
export type HeaderValue = null | boolean | number | string | readonly HeaderValue[] | HeaderRecord
export interface HeaderRecord {
  readonly [key: string]: HeaderValue
}

// A Map keeps the order we give it; an object would put integer-like keys first.
type Ordered = null | boolean | number | string | Ordered[] | Map<string, Ordered>

const packr = new Packr({ useRecords: false, variableMapSize: true })

/**
 * One msgpack value for one content: keys sorted by code unit, integers in [-2^31, 2^32) in their shortest
 * form, every other number as float64. Throws Internal on undefined, functions, class instances, `__proto__`.
 */
export function canonicalMsgpack(record: HeaderRecord): Uint8Array {
  // pack() returns a slice of a pool that the next call overwrites.
  return Uint8Array.from(packr.pack(ordered(record, 'header')))
}

/** The record in `bytes`. Throws what msgpackr throws, or Internal where a value is not a HeaderValue. */
export function parseMsgpack(bytes: Uint8Array): HeaderRecord {
  const fault = msgpackFault(bytes)
  if (fault !== undefined) throw new LevError('Internal', fault)
  const value: unknown = packr.unpack(bytes)
  requireHeaderValue(value, 'header')
  if (!isPlainRecord(value)) throw new LevError('Internal', 'the header is not a map')
  return value
}

/** Throws Internal unless `value` is one. */
function requireHeaderValue(value: unknown, where: string): asserts value is HeaderValue {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return
  if (Array.isArray(value)) for (const item of value) requireHeaderValue(item, where)
  else if (isPlainRecord(value)) {
    for (const [key, item] of Object.entries(value)) requireHeaderValue(item, `${where}.${key}`)
  } else throw new LevError('Internal', `${where} holds a ${typeof value} that no file can keep`)
}

/** One JSON text for one content: keys sorted by code unit, no spaces. Throws Internal as canonicalMsgpack does. */
export function canonicalJson(record: HeaderRecord): string {
  return jsonText(ordered(record, 'meta'))
}

function ordered(value: unknown, where: string): Ordered {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return value as Ordered
  if (Array.isArray(value)) return value.map((item, i) => ordered(item, `${where}[${i}]`))
  if (!isPlainRecord(value))
    throw new LevError('Internal', `${where} holds a ${typeof value} that no file can keep`)
  const keys = Object.keys(value).sort()
  if (keys.includes('__proto__')) throw new LevError('Internal', `${where} holds a key named __proto__`)
  return new Map(keys.map((key) => [key, ordered(value[key], `${where}.${key}`)]))
}

function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function jsonText(value: Ordered): string {
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`
  }
  return Array.isArray(value) ? `[${value.map(jsonText).join(',')}]` : JSON.stringify(value)
}
