import type { Floats } from '@levattention/core'
import type { Layers } from '../layers/layers.ts'
import { Block, type BlockParameters, blockWork } from './block.ts'
import type { HeadAttention } from './head-attention.ts'
import { BLOCK_PARAMETERS, namedParameters, parameterCount } from './parameters.ts'
import { type ModelShape, requireShape, tokenCount } from './shape.ts'

/** One image at a time: patches in, logits out, and the gradient of every parameter, added up over images. */
export class VisionTransformer<F extends Floats> {
  readonly shape: ModelShape
  /** [parameters], in the order of parametersOf. */
  readonly weights: F
  readonly gradient: F
  /** [gridSize², patchSize²]: the image that `forward` sees. */
  readonly patches: F
  /** [classes] */
  readonly logits: F
  readonly dLogits: F
  readonly blocks: readonly Block<F>[]
  readonly #layers: Layers<F>
  readonly #named: Readonly<Record<string, F>>
  readonly #slopes: Readonly<Record<string, F>>
  /** What goes into each block, and out of the last: [tokens, dim]. */
  readonly #streams: readonly F[]
  readonly #dStream: F
  readonly #normal: F
  readonly #dNormal: F
  readonly #stats: F

  /** One attention a block. Throws Option. */
  constructor(layers: Layers<F>, shape: ModelShape, attention: readonly HeadAttention<F>[]) {
    requireShape(shape)
    this.shape = shape
    this.#layers = layers
    this.weights = layers.array(parameterCount(shape))
    this.gradient = layers.array(parameterCount(shape))
    this.#named = namedParameters(shape, this.weights)
    this.#slopes = namedParameters(shape, this.gradient)
    this.patches = layers.array((tokenCount(shape) - 1) * shape.patchSize ** 2)
    ;[this.logits, this.dLogits] = [layers.array(shape.classes), layers.array(shape.classes)]
    ;[this.#normal, this.#dNormal] = [layers.array(shape.dim), layers.array(shape.dim)]
    this.#stats = layers.array(2)
    const stream = () => layers.array(tokenCount(shape) * shape.dim)
    this.#streams = Array.from({ length: shape.blocks + 1 }, stream)
    this.#dStream = stream()
    const work = blockWork(layers, shape)
    this.blocks = attention.map((own, b) => {
      const parameters = { weights: ofBlock(this.#named, b), gradient: ofBlock(this.#slopes, b) }
      return new Block(layers, shape, parameters, own, work)
    })
  }

  /** `logits` of `patches`; `draw`, a whole number: which of the random choices, of all blocks. */
  forward(draw = 0): void {
    const { blocks } = this.shape
    this.#embed()
    this.blocks.forEach((block, b) =>
      block.forward(this.#streams[b + 1], this.#streams[b], draw * blocks + b),
    )
    this.#classify()
  }

  /** Adds to `gradient` what `dLogits` says of the last forward. */
  backward(): void {
    this.#dStream.fill(0)
    this.#classifyGradient()
    for (let b = this.blocks.length - 1; b >= 0; b--) this.blocks[b].backward(this.#dStream, this.#streams[b])
    this.#embedGradient()
  }

  #embed(): void {
    const [layers, named, { dim, patchSize }] = [this.#layers, this.#named, this.shape]
    const [rows, [stream]] = [tokenCount(this.shape) - 1, this.#streams]
    stream.set(named.class)
    const tokens = stream.subarray(dim) as F
    layers.setRows(tokens, named['patch.bias'], rows)
    const product = { rows, cols: dim, inner: patchSize ** 2, adds: true }
    layers.multiply(tokens, this.patches, named['patch.weight'], product)
    layers.add(stream, named.position)
  }

  #embedGradient(): void {
    const [layers, slopes, { dim, patchSize }] = [this.#layers, this.#slopes, this.shape]
    const rows = tokenCount(this.shape) - 1
    const d = this.#dStream.subarray(dim) as F
    layers.add(slopes.position, this.#dStream)
    layers.add(slopes.class, this.#dStream.subarray(0, dim) as F)
    layers.addColumnSums(slopes['patch.bias'], d, rows)
    const product = { rows: patchSize ** 2, cols: dim, inner: rows, aIsTurned: true, adds: true }
    layers.multiply(slopes['patch.weight'], this.patches, d, product)
  }

  /** Of the class token alone. */
  #classify(): void {
    const [layers, named, { dim, classes }] = [this.#layers, this.#named, this.shape]
    const affine = { gain: named['norm.gain'], bias: named['norm.bias'] }
    layers.layerNorm(this.#normal, this.#stats, this.#classToken(), affine, 1)
    this.logits.set(named['classifier.bias'])
    const product = { rows: 1, cols: classes, inner: dim, adds: true }
    layers.multiply(this.logits, this.#normal, named['classifier.weight'], product)
  }

  #classifyGradient(): void {
    const [layers, slopes, { dim, classes }] = [this.#layers, this.#slopes, this.shape]
    const toWeight = { rows: dim, cols: classes, inner: 1, aIsTurned: true, adds: true }
    layers.multiply(slopes['classifier.weight'], this.#normal, this.dLogits, toWeight)
    layers.add(slopes['classifier.bias'], this.dLogits)
    const toInput = { rows: 1, cols: dim, inner: classes, bIsTurned: true }
    layers.multiply(this.#dNormal, this.dLogits, this.#named['classifier.weight'], toInput)
    const affine = { gain: slopes['norm.gain'], bias: slopes['norm.bias'] }
    const d = this.#dStream.subarray(0, dim) as F
    const gain = this.#named['norm.gain']
    layers.layerNormGradient(d, affine, this.#dNormal, this.#stats, this.#classToken(), gain, 1)
  }

  #classToken(): F {
    return this.#streams[this.shape.blocks].subarray(0, this.shape.dim) as F
  }
}

function ofBlock<F extends Floats>(named: Readonly<Record<string, F>>, block: number): BlockParameters<F> {
  return Object.fromEntries(
    BLOCK_PARAMETERS.map((name) => [name, named[`block${block}.${name}`]]),
  ) as BlockParameters<F>
}
