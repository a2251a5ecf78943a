import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LevError } from '@levattention/core'
import { type Idx, readIdx } from './idx.ts'

/** Images with their classes, where threads see them without a copy. */
export interface Images {
  /** [count, imageSize, imageSize], 0 black. */
  readonly pixels: Uint8Array
  /** [count] */
  readonly labels: Uint8Array
  readonly count: number
  readonly imageSize: number
}

/** Where Debian's package dataset-fashion-mnist puts its files. */
export const DEBIAN_FOLDER = '/usr/share/datasets/fashion-mnist'

/** Of Fashion-MNIST, by label. */
export const CLASS_NAMES = [
  'T-shirt/top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
] as const

const NAMES = { train: 'train', test: 't10k' } as const

/** The images of one half of Fashion-MNIST or MNIST, from its two idx files in `folder`. Throws NotFound and Content. */
export function openImages(folder: string, half: keyof typeof NAMES, classes = 10): Images {
  const images = readIdx(fileOf(folder, `${NAMES[half]}-images-idx3-ubyte`), 3)
  const labelsFile = fileOf(folder, `${NAMES[half]}-labels-idx1-ubyte`)
  const labels = readIdx(labelsFile, 1)
  return imagesOf(images, labels, { file: labelsFile, classes })
}

/** Throws Content where the images are of another size than a model reads. */
export function requireSize({ imageSize }: Images, wanted: number): void {
  if (imageSize === wanted) return
  const message = `images of ${imageSize} x ${imageSize} pixels, and the model reads ${wanted} x ${wanted}: give images of that size`
  throw new LevError('Content', message)
}

/** Whether `folder` holds the images of `half`. */
export function hasImages(folder: string, half: keyof typeof NAMES): boolean {
  const path = join(folder, `${NAMES[half]}-images-idx3-ubyte`)
  return existsSync(path) || existsSync(`${path}.gz`)
}

/** Images first .. first + count. */
export function partOf(images: Images, first: number, count: number): Images {
  const pixels = images.imageSize ** 2
  return {
    ...images,
    pixels: images.pixels.subarray(first * pixels, (first + count) * pixels),
    labels: images.labels.subarray(first, first + count),
    count,
  }
}

function imagesOf(images: Idx, labels: Idx, place: { file: string; classes: number }): Images {
  const { file, classes } = place
  const [count, height, width] = images.shape
  if (height !== width)
    throw new LevError('Content', `images are ${height} x ${width}; square ones are wanted`, { file })
  if (labels.shape[0] !== count) {
    const message = `${file}: ${labels.shape[0]} labels, and there are ${count} images; take both files of one download`
    throw new LevError('Content', message, { file })
  }
  const wrong = labels.data.findIndex((label) => label >= classes)
  if (wrong >= 0) {
    const message = `${file}: label ${wrong} is ${labels.data[wrong]}; it must be below ${classes}`
    throw new LevError('Content', message, { file, row: wrong })
  }
  return { pixels: toShared(images.data), labels: toShared(labels.data), count, imageSize: height }
}

function toShared(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}

function fileOf(folder: string, name: string): string {
  const plain = join(folder, name)
  if (existsSync(plain)) return plain
  if (existsSync(`${plain}.gz`)) return `${plain}.gz`
  const message =
    `no ${name} or ${name}.gz in ${folder}. On Debian and Ubuntu: apt-get install dataset-fashion-mnist. ` +
    'Elsewhere: download the four idx files of Fashion-MNIST and give their folder by --data'
  throw new LevError('NotFound', message, { file: plain })
}
