// Byte equality with headers that NumPy wrote, over every residue of the header's length modulo 64.
import { npyHeader } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { golden } from '../inputs/fixtures.ts'

test('headers are NumPy’s, byte for byte', () => {
  for (const { descr, shape, text, start } of golden.npyHeaders) {
    const header = Buffer.from(npyHeader(descr, shape))
    expect([shape, header.toString('latin1', 10)]).toEqual([shape, text])
    expect(header.subarray(0, 10)).toEqual(Buffer.from(start, 'base64'))
    expect(header.length % 64).toBe(0)
  }
})
