// Every truncation, appended bytes and random byte flips of every golden file.
// Catches: a crash that is no LevError, a read outside the file, an allocation from a header that lies, a truncated or
// longer file taken for a whole one. Cannot catch: flips in the numbers of a stored array: no format but a deflated
// .npz has a checksum that is read.
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { isLevError, openMatrix, type OpenOptions } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  GOLDEN,
  expectFileNamed,
  expectRefusal,
  golden,
  largestAllocation,
  load,
  readAll,
  temporaryFolder,
  thrownBy,
} from './fixtures.ts'
import { someOf, tiered } from '../../support/tier.ts'

interface Sample {
  readonly file: string
  readonly fragment: string
  readonly options: OpenOptions
}

/** One address for each file. */
const samples = [
  ...new Map(
    golden.matrices.map(({ address, options }): [string, Sample] => {
      const [, file, fragment] = /^((?:name#)?[^#]*)(.*)$/.exec(address) ?? ['', address, '']
      return [file, { file, fragment, options }]
    }),
  ).values(),
].filter(({ file }) => !file.includes('deflated'))
const withHeader = samples.filter(({ file }) => extname(file) !== '.bin')

/** A changed copy of a golden file under its own name. */
function spoil(file: string, change: (bytes: Buffer) => Uint8Array): string {
  const path = join(temporaryFolder(), basename(file))
  writeFileSync(path, change(readFileSync(join(GOLDEN, file))))
  return path
}

test('there is one sample of every golden file that is read in place', () => {
  expect(samples.length).toBeGreaterThan(35)
})

describe.each(someOf(withHeader, 20))('$file', ({ file, fragment, options }) => {
  test('cut anywhere, it is refused and named', () => {
    const path = spoil(file, (bytes) => bytes)
    const refusedLengths: number[] = []
    const lengths = [...readFileSync(path).keys()].reverse()
    for (const length of lengths) {
      truncateSync(path, length)
      const error = thrownBy(() => openMatrix(path + fragment, options))
      if (isLevError(error, 'Content') && error.message.includes(path)) refusedLengths.push(length)
    }
    expect(refusedLengths).toEqual(lengths)
  })

  test.each([1, 4, 64, 100_000])('with %i bytes more, it is refused and named', (extra) => {
    const path = spoil(file, (bytes) => Buffer.concat([bytes, Buffer.alloc(extra, 0x20)]))
    expectFileNamed(
      expectRefusal(() => openMatrix(path + fragment, options), 'Content'),
      path,
    )
  })

  test('with changed bytes, it is refused, or a matrix whose bytes all lie in the file', () => {
    const original = readFileSync(join(GOLDEN, file))
    const path = spoil(file, (bytes) => bytes)
    const fd = openSync(path, 'r+')
    onTestFinished(() => closeSync(fd))
    const headerBiased = fc.oneof(fc.nat(original.length - 1), fc.nat(Math.min(127, original.length - 1)))
    // A name with a backtick in it, quoted in a message, would be taken for advice (test/support/advice).
    const byte = fc.nat(255).filter((value) => value !== 0x60)
    const flips = fc.array(fc.tuple(headerBiased, byte), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = Buffer.from(original)
        for (const [at, value] of changes) bytes[at] = value
        writeSync(fd, bytes, 0, bytes.length, 0)
        const largest = largestAllocation(() => expectMatrixOrRefusal(path + fragment, options, bytes.length))
        expect(largest).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: tiered(25, 100) },
    )
  })
})

function expectMatrixOrRefusal(address: string, options: OpenOptions, fileBytes: number): void {
  let elementBytes = 0
  const error = thrownBy(() => {
    const source = openMatrix(address, options)
    elementBytes = source.rows * source.cols * 2
    readAll(source)
    source.close()
  })
  if (error !== undefined && !isLevError(error, 'Content', 'NotFound', 'Option')) throw error
  expect(elementBytes).toBeLessThanOrEqual(fileBytes)
}

describe.each(samples.filter(({ file }) => extname(file) === '.bin'))('$file', ({ file, options }) => {
  test('cut to whole rows it has fewer rows, cut elsewhere it is refused with the remainder', () => {
    const path = join(temporaryFolder(), file)
    const bytes = readFileSync(join(GOLDEN, file))
    const whole = load(join(GOLDEN, file), options)
    const offset = options.offsetBytes ?? 0
    const rowBytes = (bytes.length - offset) / (whole.length / 3)
    for (let length = offset; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length))
      const rest = (length - offset) % rowBytes
      if (rest === 0) expect(load(path, options)).toEqual(whole.slice(0, ((length - offset) / rowBytes) * 3))
      else
        expectFileNamed(
          expectRefusal(
            () => openMatrix(path, options),
            'Content',
            `${rest} byte${rest === 1 ? '' : 's'} more`,
          ),
          path,
        )
    }
  })
})
