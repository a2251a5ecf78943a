import { types } from 'node:util'

/** Without U: a Uint8Array, a URL. */
const VOWELS = 'AEIOaeio'

/** What `value` is, for a message about a wrong argument: 'a Buffer', 'an Int32Array', 'a Promise', 'not given'. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'not given'
  if (value === null) return 'null'
  if (types.isPromise(value)) return 'a Promise (await it)'
  if (Array.isArray(value)) return 'a plain array'
  const name = typeof value === 'object' ? classOf(value) : typeof value
  return `${VOWELS.includes(name.charAt(0)) ? 'an' : 'a'} ${name}`
}

/** A value as it was typed, cut short: 'abc' in quotes, other kinds by their name. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return `${value}n`
  return kindOf(value)
}

function classOf(value: object): string {
  if (Buffer.isBuffer(value)) return 'Buffer'
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag !== 'Object') return tag
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'plain object'
}
