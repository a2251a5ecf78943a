import { Packr } from '#msgpackr'

const packr = new Packr({ moreTypes: true, structuredClone: true })

/** `value` as msgpack: plain data and typed arrays, which come back as what they are. */
export function packRich(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** What `bytes` hold. Throws what msgpackr throws: `msgpackFault(bytes, { rich: true })` comes first. */
export function unpackRich(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}
