// @ts-check
// Inputs of the reports that `npm run report` makes, all from what lies in the repository.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { partOf } from '#vision/data/images'
import { setPatches } from '#vision/data/patches'
import { openModel } from '#vision/model/open-model'
import { greyPng } from '#vision/pictures/png'
import { shippedImages, shippedWeights, SHIPPED_SEED } from '#vision/shipped/shipped'
import { selectionOf } from '#vision/study/arms'
import { npyBytes } from '../../test/support/npy.mjs'

const command = fileURLToPath(new URL('../../packages/coordinator/bin/levattention.mjs', import.meta.url))

/** @typedef {'queries' | 'keys' | 'values'} Input */
/** @type {readonly Input[]} */
const INPUTS = ['queries', 'keys', 'values']

/**
 * Queries, keys and values of the shipped vision transformer `arm` on `count` test images from `first` on, each [layers, images, heads, 197, 16],
 * or of one image [layers, heads, 197, 16]; and the first picture.
 * @param {string} folder
 * @param {import('#vision/study/arms').Arm} arm
 * @param {number} first
 * @param {number} count
 */
export async function writeVision(folder, arm, first, count) {
  const { shape, weights } = shippedWeights(arm)
  const model = await openModel(shape, selectionOf(arm, SHIPPED_SEED, shape))
  model.weights.set(weights)
  const images = shippedImages()
  const layers = shape.blocks
  const size = model.blocks[0].tokens.queries.length
  const all = Object.fromEntries(INPUTS.map((input) => [input, new Float32Array(layers * count * size)]))
  for (let image = 0; image < count; image++) {
    setPatches(model.patches, partOf(images, first + image, 1).pixels, shape)
    model.forward(image)
    model.blocks.forEach((block, layer) => {
      for (const input of INPUTS) all[input].set(block.tokens[input], (layer * count + image) * size)
    })
  }
  const tokens = shape.gridSize ** 2 + 1
  const dims = [layers, ...(count > 1 ? [count] : []), shape.heads, tokens, shape.dim / shape.heads]
  for (const input of INPUTS) writeFileSync(join(folder, `${input}.npy`), npyBytes(dims, all[input]))
  const { pixels, imageSize } = partOf(images, first, 1)
  // Seen as it is: a pixel of the picture is a square of the page.
  writeFileSync(
    join(folder, 'picture.png'),
    greyPng(enlarged(pixels, imageSize, 12), imageSize * 12, imageSize * 12),
  )
}

/**
 * @param {Uint8Array} pixels
 * @param {number} side
 * @param {number} times
 */
function enlarged(pixels, side, times) {
  const wide = side * times
  return Uint8Array.from({ length: wide * wide }, (_, at) => {
    const [row, column] = [Math.floor(Math.floor(at / wide) / times), Math.floor((at % wide) / times)]
    return pixels[row * side + column]
  })
}

/** Columns of a word. */
const DIM = 16
/** Neighbours that a word is known by. */
const WINDOW = 2

/**
 * Keys of the words of a text, queries that ask for a word's neighbours, and the words: vectors of which words stand beside which, projected to 16
 * columns. They show a text, not a trained model.
 * @param {string} folder
 * @param {string} text
 */
export function writeText(folder, text) {
  const tokens = text.trim().split(/\s+/)
  const words = [...new Set(tokens.map(plainWord))]
  const ids = tokens.map((token) => words.indexOf(plainWord(token)))
  const vectors = words.map((_, word) => {
    const sum = new Float32Array(DIM)
    ids.forEach((id, at) => {
      if (id !== word) return
      for (let near = at - WINDOW; near <= at + WINDOW; near++)
        if (near !== at && ids[near] !== undefined) add(sum, direction(ids[near]), 1)
      add(sum, direction(word), 1.5)
    })
    const length = Math.hypot(...sum)
    return sum.map((entry) => entry / length)
  })
  const keys = new Float32Array(tokens.length * DIM)
  const queries = new Float32Array(tokens.length * DIM)
  ids.forEach((id, at) => {
    keys.set(vectors[id], at * DIM)
    const asking = Float32Array.from(vectors[id], (entry) => 6 * entry)
    if (at > 0) add(asking, vectors[ids[at - 1]], 4)
    queries.set(asking, at * DIM)
  })
  writeFileSync(join(folder, 'text-keys.npy'), npyBytes([tokens.length, DIM], keys))
  writeFileSync(join(folder, 'text-queries.npy'), npyBytes([tokens.length, DIM], queries))
  writeFileSync(join(folder, 'text-tokens.json'), JSON.stringify(tokens))
}

/** @param {string} token */
function plainWord(token) {
  return token.toLowerCase().replaceAll(/[^\p{L}]/gu, '')
}

/**
 * @param {Float32Array} sum
 * @param {ArrayLike<number>} other
 * @param {number} times
 */
function add(sum, other, times) {
  for (let a = 0; a < sum.length; a++) sum[a] += times * other[a]
}

/**
 * Of a word, the same in each run: numbers of a multiplicative generator.
 * @param {number} word
 */
function direction(word) {
  let state = (word + 1) * 48271
  return Float32Array.from({ length: DIM }, () => {
    state = (state * 48271) % 2147483647
    return state / 1073741823.5 - 1
  })
}

/**
 * Runs the command in `cwd`; its summary stays unseen.
 * @param {string} cwd
 * @param {readonly string[]} args
 * @param {Buffer} [input]
 */
export function levattention(cwd, args, input) {
  const { status, stderr } = spawnSync(process.execPath, [command, ...args, '--quiet'], {
    cwd,
    input,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`levattention ${args.join(' ')}: ${stderr}`)
}
