// Images to learn from without a download: a bright bar in one of ten directions, its place and noise drawn anew for each.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Images } from '#vision/data/images'
import { Random } from '../support/random.mjs'

const SIZE = 28

export function syntheticImages(count: number, seed: number): Images {
  const random = new Random(seed)
  const pixels = new Uint8Array(new SharedArrayBuffer(count * SIZE * SIZE))
  const labels = new Uint8Array(new SharedArrayBuffer(count))
  for (let id = 0; id < count; id++) {
    labels[id] = random.below(10)
    drawBar(pixels.subarray(id * SIZE * SIZE, (id + 1) * SIZE * SIZE), labels[id], random)
  }
  return { pixels, labels, count, imageSize: SIZE }
}

function drawBar(image: Uint8Array, label: number, random: Random): void {
  const angle = (label * Math.PI) / 10
  const [x, y] = [10 + random.below(8), 10 + random.below(8)]
  for (let row = 0; row < SIZE; row++)
    for (let col = 0; col < SIZE; col++) {
      const along = (col - x) * Math.cos(angle) + (row - y) * Math.sin(angle)
      const across = (row - y) * Math.cos(angle) - (col - x) * Math.sin(angle)
      const isBar = Math.abs(along) < 8 && Math.abs(across) < 1.5
      image[row * SIZE + col] = Math.max(0, Math.min(255, (isBar ? 200 : 40) + 25 * random.normal()))
    }
}

/** The bytes of an idx file. */
export function idxBytes(shape: readonly number[], data: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head[2] = 8
  head[3] = shape.length
  shape.forEach((length, axis) => head.writeUInt32BE(length, 4 + 4 * axis))
  return Buffer.concat([head, data])
}

/** The four files of a data set in `folder`, gzipped or not. */
export function writeDataSet(
  folder: string,
  halves: { train: Images; t10k: Images },
  isGzipped = false,
): void {
  mkdirSync(folder, { recursive: true })
  for (const [half, { pixels, labels, count }] of Object.entries(halves)) {
    const put = (name: string, bytes: Buffer) =>
      writeFileSync(
        join(folder, `${half}-${name}${isGzipped ? '.gz' : ''}`),
        isGzipped ? gzipSync(bytes) : bytes,
      )
    put('images-idx3-ubyte', idxBytes([count, SIZE, SIZE], pixels))
    put('labels-idx1-ubyte', idxBytes([count], labels))
  }
}
