/** NumPy's descr of the arrays that are written, all little-endian. */
export type NpyDescr = '<f4' | '<f8' | '<i4' | '<i8' | '<u4' | '<u8' | '|u1' | '|b1'

const PREFIX_BYTES = 10
const ALIGNMENT_BYTES = 64
/** NumPy leaves room so that the first dimension can grow to 21 digits in place. */
const GROWTH_DIGITS = 21

/**
 * The header of a .npy file of version 1, C order, byte for byte as NumPy 2 writes it; its length is a multiple of 64.
 * The array's bytes follow it.
 */
export function npyHeader(descr: NpyDescr, shape: readonly number[]): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const growth = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${extents}), }${' '.repeat(growth)}`
  const unpadded = PREFIX_BYTES + dictionary.length + 1
  const padding = ALIGNMENT_BYTES - (unpadded % ALIGNMENT_BYTES)
  const text = `${dictionary}${' '.repeat(padding)}\n`
  const header = Buffer.alloc(PREFIX_BYTES + text.length)
  header.write('\x93NUMPY\x01\x00', 0, 'latin1')
  header.writeUInt16LE(text.length, 8)
  header.write(text, PREFIX_BYTES, 'latin1')
  return new Uint8Array(header.buffer, header.byteOffset, header.length)
}
