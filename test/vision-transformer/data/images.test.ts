// Catches: idx files that are damaged, cut off, or others than their names say, and are read all the same; a message that does not name
// the file; images whose threads would each hold a copy.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { hasImages, openImages, partOf } from '#vision/data/images'
import { readIdx } from '#vision/data/idx'
import { idxBytes, syntheticImages, writeDataSet } from '../synthetic-images.ts'

const root = mkdtempSync(join(tmpdir(), 'vision-idx-'))
afterAll(() => rmSync(root, { recursive: true }))
const images = syntheticImages(20, 1)

test.each([true, false])('what was written is read: gzipped %s', (isGzipped) => {
  const folder = join(root, String(isGzipped))
  writeDataSet(folder, { train: images, t10k: partOf(images, 0, 5) }, isGzipped)
  const train = openImages(folder, 'train')
  expect(train.pixels).toEqual(images.pixels)
  expect(train.labels).toEqual(images.labels)
  expect(train.pixels.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(openImages(folder, 'test').count).toBe(5)
  expect([hasImages(folder, 'test'), hasImages(root, 'test')]).toEqual([true, false])
})

describe('a file that is not what it should be', () => {
  const sound = idxBytes([2, 3, 3], new Uint8Array(18).fill(7))
  const labels = idxBytes([2], Uint8Array.of(1, 2))
  const gzipped = gzipSync(sound)
  const change = (offset: number, value: number) => {
    const bytes = Buffer.from(sound)
    bytes[offset] = value
    return bytes
  }
  test.each<[string, Uint8Array, number, RegExp]>([
    ['cut off', sound.subarray(0, 30), 3, /says 2 x 3 x 3 = 18 numbers, and 14 follow; download it again/],
    ['longer than it says', Buffer.concat([sound, labels]), 3, /and 28 follow/],
    ['cut off in its header', sound.subarray(0, 9), 3, /9 bytes, where an idx file of 3 axes begins with 16/],
    ['empty', Buffer.alloc(0), 3, /0 bytes/],
    ['of another format', Buffer.from('<!DOCTYPE html><html>'), 3, /begins with 3c 21 44 4f/],
    [
      'of floats',
      change(2, 13),
      3,
      /begins with 00 00 0d 03, where unsigned bytes of 3 axes begin with 00 00 08 03/,
    ],
    ['the labels', Buffer.concat([labels, Buffer.alloc(9)]), 3, /images are wanted here, is it the labels\?/],
    ['the images', sound, 1, /labels are wanted here, is it the images\?/],
    ['a gzip that is cut off', gzipped.subarray(0, gzipped.length - 9), 3, /gzip data is damaged or cut off/],
    ['sizes beyond every file', change(4, 255), 3, /and 18 follow/],
  ])('%s: told of by name', (_, bytes, axes, message) => {
    const path = join(root, 'wrong-idx')
    writeFileSync(path, bytes)
    expect(() => readIdx(path, axes)).toThrow(message)
    expect(() => readIdx(path, axes)).toThrow(path)
  })
})

describe('a set that does not fit together', () => {
  const write = (name: string, changed: Partial<typeof images>) => {
    const folder = join(root, name)
    writeDataSet(folder, { train: { ...images, ...changed }, t10k: images })
    return () => openImages(folder, 'train')
  }

  test('a label beyond the classes', () => {
    const labels = images.labels.slice()
    labels[7] = 10
    expect(write('label', { labels })).toThrow(/train-labels-idx1-ubyte: label 7 is 10; it must be below 10/)
  })

  test('fewer labels than images', () => {
    const folder = join(root, 'fewer')
    writeDataSet(folder, { train: images, t10k: images })
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), idxBytes([19], images.labels.subarray(0, 19)))
    expect(() => openImages(folder, 'train')).toThrow(/19 labels, and there are 20 images; take both/)
  })

  test('no set at all: where to get one', () => {
    expect(() => openImages(join(root, 'nowhere'), 'train')).toThrow(
      /no train-images-idx3-ubyte or .*apt-get install dataset-fashion-mnist.*--data/,
    )
  })
})
