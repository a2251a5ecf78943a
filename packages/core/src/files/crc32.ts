import * as zlib from 'node:zlib'

/**
 * CRC-32 of `data`, going on from `value`. By the namespace: an older Node has no such export, and would end with an error of
 * syntax before `errors/supported-node.ts` can tell what is wrong.
 */
export const crc32 = (data: Uint8Array, value?: number): number => zlib.crc32(data, value)
