// Catches: any damaged byte of a .lev, any missing or added byte, lies under a right checksum, foreign and newer files.
// Cannot catch: what a file says that was made wrong (lev-container.test.ts).
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HeaderRecord } from '@levattention/core/internal'
import { canonicalMsgpack, encodePreamble, levFromBytes, openLev } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { errorOf, testFolder } from '../files/output-support.ts'
import { smallBytes, resealed } from './lev-support.ts'

describe('damage', () => {
  test('every single-byte flip is refused: every bit of every byte in memory', () => {
    for (let i = 0; i < smallBytes.length; i++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Uint8Array.from(smallBytes)
        bytes[i] ^= 1 << bit
        const error = errorOf('Content', () => levFromBytes(bytes, 'u.lev'))
        expect(error.message).toMatch(
          /^u\.lev is (not a \.lev file|a damaged \.lev file: .* (build it again|Copy))/,
        )
        expect(error.place.file).toBe('u.lev')
      }
    }
  })

  test('every byte changed to its complement is refused, read from a file', () => {
    const file = join(testFolder(), 'damaged.lev')
    for (let i = 0; i < smallBytes.length; i++) {
      const bytes = Uint8Array.from(smallBytes)
      bytes[i] ^= 0xff
      writeFileSync(file, bytes)
      expect(errorOf('Content', () => openLev(file)).place.file).toBe(file)
    }
  })

  test('every truncation, and trailing bytes, are refused', () => {
    const file = join(testFolder(), 'damaged.lev')
    for (let length = 0; length < smallBytes.length; length++) {
      writeFileSync(file, smallBytes.subarray(0, length))
      errorOf('Content', () => openLev(file))
      errorOf('Content', () => levFromBytes(smallBytes.slice(0, length)))
    }
    for (const extra of [1, 32, 64, 1000]) {
      const longer = new Uint8Array(smallBytes.length + extra)
      longer.set(smallBytes)
      const said = errorOf('Content', () => levFromBytes(longer)).message
      expect(said).toContain(`it says ${smallBytes.length} bytes and has ${longer.length}`)
    }
  })

  test('a header that lies under a right checksum is refused', () => {
    const lies: [string, (view: DataView) => void][] = [
      ['header length', (view) => view.setUint32(12, 0xffffffff, true)],
      ['shorter header', (view) => view.setUint32(12, view.getUint32(12, true) - 1, true)],
      ['block count', (view) => view.setUint32(16, 4, true)],
      ['header bytes', (view) => view.setUint8(64, 0xc1)],
      ['kind', (view) => view.setUint16(10, 999, true)],
    ]
    for (const [, change] of lies) {
      const bytes = Uint8Array.from(smallBytes)
      change(new DataView(bytes.buffer))
      errorOf('Content', () => levFromBytes(resealed(bytes)))
    }
  })

  test.each<[string, HeaderRecord]>([
    ['no blocks', { meta: {} }],
    ['no meta', { blocks: [] }],
    ['an entry that is no record', { blocks: [1], meta: {} }],
    ['an unknown dtype', { blocks: [{ name: 'a', dtype: 'f16', length: 0 }], meta: {} }],
    ['a negative length', { blocks: [{ name: 'a', dtype: 'u8', length: -64 }], meta: {} }],
    ['a length of 2^53', { blocks: [{ name: 'a', dtype: 'u8', length: 2 ** 53 }], meta: {} }],
    ['a length of 1e300', { blocks: [{ name: 'a', dtype: 'f64', length: 1e300 }], meta: {} }],
    ['a block that is not there', { blocks: [{ name: 'a', dtype: 'u8', length: 1 }], meta: {} }],
  ])('a well-formed header with %s is refused before any block is read', (_, header) => {
    const body = canonicalMsgpack(header)
    const totalBytes = 64 + Math.ceil(body.length / 64) * 64 + 32
    const bytes = new Uint8Array(totalBytes)
    const blockCount = Array.isArray(header.blocks) ? header.blocks.length : 0
    bytes.set(
      encodePreamble({ formatVersion: 1, kindNumber: 1, headerBytes: body.length, blockCount, totalBytes }),
    )
    bytes.set(body, 64)
    expect(errorOf('Content', () => levFromBytes(resealed(bytes))).message).toContain('damaged')
  })

  test('an id above 2^53 in a sealed file is refused when its block is read', () => {
    const file = levFromBytes(smallBytes)
    const { offsetBytes } = file.blocks[0]
    const bytes = Uint8Array.from(smallBytes)
    bytes[offsetBytes + 16] = 1 // 2^53 + 1
    const changed = levFromBytes(resealed(bytes), 'u.lev')
    expect(errorOf('Content', () => changed.read('rowIds', 'u64')).message).toMatch(/^u\.lev .*2\^53/)
  })
})

describe('other files', () => {
  test('a newer version is refused by name, an older unknown one as well', () => {
    for (const [version, said] of [
      [2, 'newer version'],
      [0, 'unknown version'],
    ] as const) {
      const bytes = Uint8Array.from(smallBytes)
      new DataView(bytes.buffer).setUint16(8, version, true)
      expect(errorOf('Content', () => levFromBytes(resealed(bytes))).message).toContain(said)
    }
  })

  test('foreign and empty files are said to be no .lev', () => {
    const foreign = ['', 'x', 'PK\x03\x04', '\x93NUMPY', 'LEV\r\n\x1a\n', 'a'.repeat(1000)]
    for (const text of foreign) {
      const message = errorOf('Content', () => levFromBytes(Buffer.from(text, 'latin1'))).message
      expect(message).toContain('is not a .lev file')
    }
    const textMode = Buffer.from(Buffer.from(smallBytes).toString('latin1').replace('\r\n', '\n'), 'latin1')
    expect(errorOf('Content', () => levFromBytes(textMode)).message).toContain('text-mode copy')
  })

  test('a missing file and a folder are NotFound', () => {
    const folder = testFolder()
    expect(errorOf('NotFound', () => openLev(join(folder, 'no.lev'))).message).toContain('no.lev')
    expect(errorOf('NotFound', () => openLev(folder)).message).toContain('is a folder')
  })

  test.skipIf(process.platform === 'win32')('a pipe is refused, not waited for', () => {
    const pipe = join(testFolder(), 'pipe.lev')
    execFileSync('mkfifo', [pipe])
    expect(errorOf('NotFound', () => openLev(pipe)).message).toContain('not a regular file')
  })
})
