// Catches: files of other formats that are taken for raw numbers, or that are not called what they are under another name;
// raw numbers that are taken for something else. Cannot catch: formats that show nothing in their first 64 KiB.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { lookOf, openMatrix, openRowStream } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'
import { npyBytes } from '../../support/npy.mjs'
import { expectRefusal, temporaryFolder } from '../inputs/fixtures.ts'

const latin1 = (text: string, length = text.length) => Buffer.from(text.padEnd(length, '\0'), 'latin1')
const npy = npyBytes([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))
/** Vectors with their length in front. */
const vectors = (dim: number, elementBytes: number) =>
  Buffer.concat(
    Array.from({ length: 5 }, (_, i) =>
      Buffer.concat([Buffer.from(Int32Array.of(dim).buffer), Buffer.alloc(dim * elementBytes, 17 * i + 1)]),
    ),
  )
const matlab4 = Buffer.concat([
  Buffer.from(Int32Array.of(0, 4, 3, 0, 2).buffer),
  latin1('K\0'),
  Buffer.from(new Float64Array(12).fill(1.5).buffer),
])

const lines = '1.5;2\n3.25;4\n5;6.5\n'.repeat(12)
const utf32 = (text: string) =>
  Buffer.from(Uint32Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)).buffer)
const record = Buffer.concat([
  Buffer.from(Int32Array.of(24).buffer),
  Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
  Buffer.from(Int32Array.of(24).buffer),
])

/** A name that says nothing or the wrong thing, the bytes, and how they are to be called. */
const files: readonly [name: string, bytes: Buffer, called: string][] = [
  [
    'a',
    latin1('version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 2052\n'),
    'a Git LFS pointer',
  ],
  ['b.bin', latin1('<!DOCTYPE html><html><body>Virus scan warning</body></html>'), 'an HTML page'],
  ['c.dat', latin1('<?xml version="1.0"?><matrix/>'), 'XML text'],
  ['d', latin1('a,b,c\n1,2,3\n4,5,6\n'), 'comma-separated text'],
  ['e.raw', latin1('1.5\t2\n3\t4e-3\n'), 'tab-separated text'],
  ['f', latin1('1;2\n3;4\n'), 'semicolon-separated text'],
  ['g', latin1('1 2 3\r\n 4  5 6\r\n'), 'text with numbers'],
  ['savetxt', latin1('# x y\n1.5 2.5\n3 4.25\n'), 'text with numbers'],
  ['write-table', latin1('"x" "y"\n"r1" 1.5 2\n"r2" 3 4.25\n"r3" 5 6.5\n'), 'text with numbers'],
  ['rds', gzipSync(latin1('X\n\0\0\0\x03', 200)), 'compressed by gzip (inside: an R data file'],
  ['h', latin1('"x","y"\n"a, b",1\n"c",2\n"d, e and some more",3\n'), 'text'],
  ['i', latin1('[[1, 2], [3, 4]]'), 'JSON text'],
  ['j', latin1('{"data": [1, 2, 3]}'), 'JSON text'],
  ['k', latin1('%%MatrixMarket matrix coordinate real general\n3 2 1\n1 1 1.0\n'), 'a Matrix Market file'],
  ['k', latin1('1 1:0.5 2:3\n0 1:2 3:4\n'), 'a LIBSVM file'],
  ['k', latin1('% flowers\n@RELATION iris\n@ATTRIBUTE a numeric\n@DATA\n1\n'), 'an ARFF file'],
  ['l', latin1('query,key,score,dot\n0,1,.5,2\n'), 'heavy pairs of levattention'],
  ['utf16', Buffer.from('\ufeff1,2\r\n3,4\r\n', 'utf16le'), 'comma-separated text'],
  ['umlaut', latin1('größe,höhe\n1.5,2.25\n3.5,4.75\n5.5,6.25\n7.5,8.25\n'), 'comma-separated text'],
  ['bom', Buffer.from('\ufeffa,b\n1,2\n3,4\n'), 'comma-separated text'],
  ['m.bin', gzipSync(npy), 'compressed by gzip (inside: a .npy'],
  ['n.bin', gzipSync('1.5,2\n3,4\n'), 'compressed by gzip (inside: comma-separated text'],
  ['o', latin1('\x89HDF\r\n\x1a\n', 500), 'an HDF5 file'],
  ['userblock', Buffer.concat([Buffer.alloc(512), latin1('\x89HDF\r\n\x1a\n', 500)]), 'an HDF5 file'],
  ['p', latin1('MATLAB 5.0 MAT-file, Platform: GLNXA64', 300), 'a MATLAB file'],
  ['q', matlab4, 'a MATLAB file'],
  ['r', latin1(`PAR1${'\0'.repeat(100)}PAR1`), 'a Parquet file'],
  ['s', latin1('ARROW1\0\0', 200), 'an Arrow (Feather) file'],
  ['t', latin1('GGUF\x03', 200), 'a GGUF model'],
  ['u', latin1('\xfd7zXZ\0', 200), 'compressed by xz'],
  ['v', latin1('BZh91AY&SY', 200), 'compressed by bzip2'],
  ['w', latin1('\x28\xb5\x2f\xfd', 200), 'compressed by zstd'],
  ['x', latin1(`K.npy${'\0'.repeat(252)}ustar`, 512), 'a tar archive'],
  ['y', latin1('\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05numpy.', 80), 'a Python pickle'],
  ['z', latin1('\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\0.'), 'a Python pickle'],
  ['vectors4', vectors(7, 4), 'vectors with their length in front (.fvecs'],
  ['vectors1', vectors(128, 1), 'vectors with their length in front (.bvecs)'],
  ['pdf', latin1('%PDF-1.7', 100), 'a PDF'],
  ['sql', latin1('SQLite format 3\0', 100), 'an SQLite database'],
  ['windows-1252', latin1(`Gr\xf6\xdfe \x96 Wert;\x80\n${lines}`), 'text'],
  ['gbk', latin1(`\xca\xfd\xd6\xb5,\xd6\xb5\n${lines}`), 'text'],
  ['end-mark', latin1(`${lines}\x1a`), 'text'],
  ['colours', latin1(`\x1b[32mvalues\x1b[0m\n${lines}`), 'text'],
  ['utf16le', Buffer.from(lines, 'utf16le'), 'text'],
  ['utf16be', Buffer.from(lines, 'utf16le').swap16(), 'text'],
  ['utf32', utf32(`\ufeff${lines}`), 'text'],
  ['yaml', latin1('- 1.0\n- 2.0\n- 3.0\n'.repeat(4)), 'text'],
  ['pem', latin1('-----BEGIN-----\n'.repeat(4)), 'text'],
  ['vectors8', vectors(7, 8), 'vectors with their length in front (.dvecs'],
  ['vectors2', vectors(7, 2), 'vectors with their length in front (.hvecs'],
  ['wide-vectors', vectors(5000, 4), 'vectors with their length in front (.fvecs'],
  ['fortran', Buffer.concat([record, record]), "Fortran's unformatted records"],
  ['torch', latin1('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.', 200), 'a PyTorch file'],
  ['nifti', Buffer.concat([Buffer.alloc(344), latin1('n+1\0', 60)]), 'a NIfTI image'],
  ['dicom', Buffer.concat([Buffer.alloc(128), latin1('DICM', 60)]), 'a DICOM file'],
  ['faiss', latin1('IxF2', 60), 'a FAISS index'],
  ['tiff', latin1('II*\0', 60), 'a TIFF picture'],
  ['utf8', Buffer.from(npy.toString('latin1'), 'utf8'), 'a .npy that was re-encoded'],
]

const raw = { dtype: 'f32', cols: 1 } as const

async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += 11) yield bytes.subarray(at, at + 11)
}

describe.each(files)('%s', (name, bytes, called) => {
  test('is called what it is, and never as something that has raw numbers', () => {
    const names = called.startsWith('vectors') ? [] : [`${name}.fvecs`, `${name}.bvecs`, `${name}.ivecs`]
    for (const named of [name, `${name}.npy`, `${name}.npz`, `${name}.safetensors`, ...names]) {
      const path = join(temporaryFolder(), named)
      writeFileSync(path, bytes)
      const error = expectRefusal(() => openMatrix(path), 'Content', called)
      expect(error.place.remedy).toBeUndefined()
      expect(error.message).not.toMatch(/--dtype|--cols|raw little/)
    }
  })

  test('is refused as raw numbers, from a file and from a pipe', async () => {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, bytes)
    expectRefusal(() => openMatrix(path, raw), 'Content', 'no raw numbers', called)
    const piped = openRowStream(piecesOf(bytes), raw, 'standard input')
    await expect(piped).rejects.toThrow('no raw numbers')
  })
})

test('a .npy and a .safetensors under another name are no raw numbers', () => {
  const folder = temporaryFolder()
  const header = '{"k":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}'
  const length = Buffer.alloc(8)
  length.writeUInt32LE(header.length)
  for (const [name, bytes] of [
    ['npy.bin', npy],
    ['tensors.bin', Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)])],
  ] as const) {
    writeFileSync(join(folder, name), bytes)
    expectRefusal(() => openMatrix(join(folder, name), raw), 'Content', 'no raw numbers', 'leave them out')
    expect(openMatrix(join(folder, name)).rows).toBe(2)
  }
})

describe('behind an offset', () => {
  const numbers = Buffer.from(Float32Array.of(1.5, 2.5, 3.5, 4.5).buffer)

  test('numbers may follow the header of another format', () => {
    const path = join(temporaryFolder(), 'K.h5')
    writeFileSync(path, Buffer.concat([latin1('\x89HDF\r\n\x1a\n', 512), numbers]))
    expect(openMatrix(path, { dtype: 'f32', cols: 2, offsetBytes: 512 }).rows).toBe(2)
  })

  test('what is text or compressed throughout is refused', () => {
    const folder = temporaryFolder()
    for (const [name, bytes] of [
      ['text', latin1('1,2,3,4\n5,6,7,8\n')],
      ['gzip', gzipSync(Array.from({ length: 64 }, (_, i) => i * i).join(' '))],
      ['text behind numbers', Buffer.concat([numbers, latin1('1,2,3,4\n5,6,7,8\n')])],
    ] as const) {
      const whole = bytes.subarray(0, bytes.length - (bytes.length % 4))
      writeFileSync(join(folder, name), whole)
      expectRefusal(
        () =>
          openMatrix(join(folder, name), { dtype: 'f32', cols: 1, offsetBytes: name.length > 4 ? 16 : 4 }),
        'Content',
        'no raw numbers',
      )
    }
  })
})

describe('raw numbers are taken for nothing else', () => {
  const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const looks = (bytes: Uint8Array) =>
    lookOf({ bytes, byteLength: bytes.length, lastByte: bytes.at(-1) }) ?? lookOf({ bytes })

  test('of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 400 }), (bytes) => {
        // fast-check likes small values: bytes that are all digits and blanks are text indeed.
        fc.pre(bytes.some((byte) => byte > 0x7e || byte < 9) && !isPerhapsVectors(bytes))
        expect(looks(bytes)).toBeUndefined()
      }),
    )
  })

  test('of any type and size, of random and of constant rows', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed)
      const scale = 2 ** Math.round(random.normal() * 20)
      const values = Array.from({ length: 1 + (seed % 40) }, () => random.normal() * scale)
      const constant = values.map(() => values[0])
      for (const numbers of [values, constant, values.map(Math.round), values.map(() => 0)]) {
        expect(looks(bytesOf(Float64Array.from(numbers)))).toBeUndefined()
        expect(looks(bytesOf(Float32Array.from(numbers)))).toBeUndefined()
        const halves = new Uint16Array(Float32Array.from(numbers).buffer).filter((_, i) => i % 2 === 1)
        expect(looks(bytesOf(halves))).toBeUndefined()
      }
    }
  })

  test('of deflated bytes without a header', () => {
    expect(
      looks(deflateRawSync(bytesOf(Float64Array.from({ length: 500 }, (_, i) => Math.sin(i))))),
    ).toBeUndefined()
  })

  /** A first int32 from 1 to 4096. */
  function isPerhapsVectors(bytes: Uint8Array): boolean {
    return bytes[2] === 0 && bytes[3] === 0
  }
})
