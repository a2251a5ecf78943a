import type { Floats } from '@levattention/core'
import type { Layers } from '../layers/layers.ts'
import type { HeadAttention, HeadTokens } from './head-attention.ts'
import { BLOCK_PARAMETERS } from './parameters.ts'
import { headDim, type ModelShape, tokenCount } from './shape.ts'

export type BlockParameters<F> = Readonly<Record<(typeof BLOCK_PARAMETERS)[number], F>>

/** Arrays that all blocks of a model use in turn. */
export interface BlockWork<F extends Floats> {
  /** [tokens, dim] */
  readonly dNormal: F
  /** [tokens, hidden] */
  readonly dHidden: F
  readonly dTokens: HeadTokens<F>
  /** [heads, tokens, headDim] */
  readonly dOutput: F
}

export function headTokens<F extends Floats>(layers: Layers<F>, shape: ModelShape): HeadTokens<F> {
  const length = tokenCount(shape) * shape.dim
  return { queries: layers.array(length), keys: layers.array(length), values: layers.array(length) }
}

export function blockWork<F extends Floats>(layers: Layers<F>, shape: ModelShape): BlockWork<F> {
  const tokens = tokenCount(shape)
  return {
    dNormal: layers.array(tokens * shape.dim),
    dHidden: layers.array(tokens * shape.hidden),
    dTokens: headTokens(layers, shape),
    dOutput: layers.array(tokens * shape.dim),
  }
}

/**
 * middle = x + attention(norm1(x)), out = middle + perceptron(norm2(middle)), for x, middle and out [tokens, dim]. What the forward
 * leaves, the backward reads.
 */
export class Block<F extends Floats> {
  /** What the heads see, of the last forward. */
  readonly tokens: HeadTokens<F>
  readonly attention: HeadAttention<F>
  readonly #layers: Layers<F>
  readonly #shape: ModelShape
  readonly #weights: BlockParameters<F>
  readonly #gradient: BlockParameters<F>
  readonly #work: BlockWork<F>
  readonly #normal1: F
  readonly #stats1: F
  readonly #attended: F
  readonly #middle: F
  readonly #normal2: F
  readonly #stats2: F
  readonly #hidden: F
  readonly #active: F

  constructor(
    layers: Layers<F>,
    shape: ModelShape,
    parameters: { readonly weights: BlockParameters<F>; readonly gradient: BlockParameters<F> },
    attention: HeadAttention<F>,
    work: BlockWork<F>,
  ) {
    this.#layers = layers
    this.#shape = shape
    this.#weights = parameters.weights
    this.#gradient = parameters.gradient
    this.attention = attention
    this.#work = work
    const count = tokenCount(shape)
    const rows = (cols: number) => layers.array(count * cols)
    this.tokens = headTokens(layers, shape)
    this.#attended = rows(shape.dim)
    this.#middle = rows(shape.dim)
    ;[this.#normal1, this.#normal2] = [rows(shape.dim), rows(shape.dim)]
    ;[this.#stats1, this.#stats2] = [rows(2), rows(2)]
    ;[this.#hidden, this.#active] = [rows(shape.hidden), rows(shape.hidden)]
  }

  /** `draw`: which of the attention's random choices. */
  forward(out: F, x: F, draw: number): void {
    const [layers, weights, rows] = [this.#layers, this.#weights, tokenCount(this.#shape)]
    const norm1 = { gain: weights['norm1.gain'], bias: weights['norm1.bias'] }
    layers.layerNorm(this.#normal1, this.#stats1, x, norm1, rows)
    for (const name of TOKENS) this.#project(name)
    this.attention.forward(this.#attended, this.tokens, draw)
    this.#joinHeads()
    layers.add(this.#middle, x)
    this.#perceptron(out)
    layers.add(out, this.#middle)
  }

  /** `d` [tokens, dim]: dL/dout before, dL/dx after; the gradient of the weights is added to. `x`: the forward's. */
  backward(d: F, x: F): void {
    this.#perceptronGradient(d)
    this.#joinHeadsGradient(d)
    this.attention.backward(this.#work.dTokens, this.#work.dOutput)
    TOKENS.forEach((name, i) => this.#projectGradient(name, i > 0))
    this.#normGradient('norm1', d, this.#stats1, x)
  }

  /** Queries, keys or values of each head from the normalised tokens. */
  #project(name: (typeof TOKENS)[number]): void {
    const product = { rows: tokenCount(this.#shape), cols: headDim(this.#shape), inner: this.#shape.dim }
    this.#heads((of) => {
      const out = of(this.tokens[name])
      this.#layers.setRows(out, of(this.#weights[`${name}.bias`]), product.rows)
      const weight = of(this.#weights[`${name}.weight`])
      this.#layers.multiply(out, this.#normal1, weight, { ...product, adds: true })
    })
  }

  #projectGradient(name: (typeof TOKENS)[number], adds: boolean): void {
    const [rows, { dim }] = [tokenCount(this.#shape), this.#shape]
    const own = headDim(this.#shape)
    this.#heads((of, head) => {
      const d = of(this.#work.dTokens[name])
      const toWeight = { rows: dim, cols: own, inner: rows, aIsTurned: true, adds: true }
      this.#layers.multiply(of(this.#gradient[`${name}.weight`]), this.#normal1, d, toWeight)
      this.#layers.addColumnSums(of(this.#gradient[`${name}.bias`]), d, rows)
      const toInput = { rows, cols: dim, inner: own, bIsTurned: true, adds: adds || head > 0 }
      this.#layers.multiply(this.#work.dNormal, d, of(this.#weights[`${name}.weight`]), toInput)
    })
  }

  /** middle = Σ over heads of their outputs through their rows of the output's weight, and its bias. */
  #joinHeads(): void {
    const rows = tokenCount(this.#shape)
    const product = { rows, cols: this.#shape.dim, inner: headDim(this.#shape), adds: true }
    this.#layers.setRows(this.#middle, this.#weights['output.bias'], rows)
    this.#heads((of) =>
      this.#layers.multiply(this.#middle, of(this.#attended), of(this.#weights['output.weight']), product),
    )
  }

  #joinHeadsGradient(d: F): void {
    const [rows, { dim }] = [tokenCount(this.#shape), this.#shape]
    const own = headDim(this.#shape)
    this.#layers.addColumnSums(this.#gradient['output.bias'], d, rows)
    this.#heads((of) => {
      const toWeight = { rows: own, cols: dim, inner: rows, aIsTurned: true, adds: true }
      this.#layers.multiply(of(this.#gradient['output.weight']), of(this.#attended), d, toWeight)
      const toOutput = { rows, cols: own, inner: dim, bIsTurned: true }
      this.#layers.multiply(of(this.#work.dOutput), d, of(this.#weights['output.weight']), toOutput)
    })
  }

  #perceptron(out: F): void {
    const [layers, weights, rows] = [this.#layers, this.#weights, tokenCount(this.#shape)]
    const { dim, hidden } = this.#shape
    const norm2 = { gain: weights['norm2.gain'], bias: weights['norm2.bias'] }
    layers.layerNorm(this.#normal2, this.#stats2, this.#middle, norm2, rows)
    layers.setRows(this.#hidden, weights['expand.bias'], rows)
    const expand = { rows, cols: hidden, inner: dim, adds: true }
    layers.multiply(this.#hidden, this.#normal2, weights['expand.weight'], expand)
    layers.gelu(this.#active, this.#hidden)
    layers.setRows(out, weights['contract.bias'], rows)
    const contract = { rows, cols: dim, inner: hidden, adds: true }
    layers.multiply(out, this.#active, weights['contract.weight'], contract)
  }

  #perceptronGradient(d: F): void {
    const [layers, weights, rows] = [this.#layers, this.#weights, tokenCount(this.#shape)]
    const [{ dim, hidden }, { dHidden, dNormal }] = [this.#shape, this.#work]
    const gradient = this.#gradient
    const contract = { rows: hidden, cols: dim, inner: rows, aIsTurned: true, adds: true }
    layers.multiply(gradient['contract.weight'], this.#active, d, contract)
    layers.addColumnSums(gradient['contract.bias'], d, rows)
    layers.multiply(dHidden, d, weights['contract.weight'], {
      rows,
      cols: hidden,
      inner: dim,
      bIsTurned: true,
    })
    layers.geluGradient(dHidden, this.#hidden)
    const expand = { rows: dim, cols: hidden, inner: rows, aIsTurned: true, adds: true }
    layers.multiply(gradient['expand.weight'], this.#normal2, dHidden, expand)
    layers.addColumnSums(gradient['expand.bias'], dHidden, rows)
    layers.multiply(dNormal, dHidden, weights['expand.weight'], {
      rows,
      cols: dim,
      inner: hidden,
      bIsTurned: true,
    })
    this.#normGradient('norm2', d, this.#stats2, this.#middle)
  }

  /** d += what dNormal says of x. */
  #normGradient(name: 'norm1' | 'norm2', d: F, stats: F, x: F): void {
    const affine = { gain: this.#gradient[`${name}.gain`], bias: this.#gradient[`${name}.bias`] }
    const gain = this.#weights[`${name}.gain`]
    this.#layers.layerNormGradient(d, affine, this.#work.dNormal, stats, x, gain, tokenCount(this.#shape))
  }

  /** `visit` with what takes the head's part out of an array of all heads. */
  #heads(visit: (of: (all: F) => F, head: number) => void): void {
    const { heads } = this.#shape
    for (let head = 0; head < heads; head++)
      visit((all) => {
        const width = all.length / heads
        return all.subarray(head * width, (head + 1) * width) as F
      }, head)
  }
}

const TOKENS = ['queries', 'keys', 'values'] as const
