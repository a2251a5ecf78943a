import type { FileMetaData, SchemaElement } from 'hyparquet'

/** Powers of ten up to this one are exact in float64. */
const MOST_EXPONENT = 22

/** Digits behind the point of a DECIMAL that is stored as an integer or as its bytes; undefined of other types. */
export function decimalScale({
  type,
  converted_type: converted,
  logical_type: logical,
  scale,
}: SchemaElement): number | undefined {
  if (converted !== 'DECIMAL' && logical?.type !== 'DECIMAL') return undefined
  if (!/^(?:INT32|INT64|BYTE_ARRAY|FIXED_LEN_BYTE_ARRAY)$/.test(type ?? '')) return undefined
  return scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0)
}

/** `metadata` by which the reader hands on a DECIMAL as it is stored: it would multiply by a power of ten, which is rounded itself. */
export function storedDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (decimalScale(element) === undefined) return element
    const { converted_type: _, logical_type: __, ...stored } = element
    return stored
  })
  return { ...metadata, schema }
}

/**
 * The float64 nearest to a DECIMAL of `scale` that is stored as `value`: an integer, or its bytes, two's complement, the highest first.
 * NaN of what is no DECIMAL, and of an integer (`scale` 0) that float64 does not hold.
 */
export function decimalNumber(value: unknown, scale: number): number {
  const integer = storedInteger(value)
  if (typeof integer !== 'number' && typeof integer !== 'bigint') return NaN
  const whole = Number(integer)
  const isExact = Number.isSafeInteger(whole)
  if (scale === 0) return isExact || BigInt(whole) === BigInt(integer) ? whole : NaN
  // One division of exact numbers is rounded once.
  return isExact && scale <= MOST_EXPONENT ? whole / 10 ** scale : Number(`${integer}e-${scale}`)
}

/** The integer that the bytes of a DECIMAL are; any other value as it is. */
export function storedInteger(bytes: unknown): unknown {
  if (!(bytes instanceof Uint8Array)) return bytes
  if (bytes.length === 0) return 0n
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}
