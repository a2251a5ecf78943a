import { type AttendedWithGradient, attendWithGradient, type Selection } from '@levattention/core'
import type { HeadAttention, HeadTokens } from './head-attention.ts'
import { headDim, type ModelShape, tokenCount } from './shape.ts'

type Keys = Extract<Selection, { full: true } | { ids: ArrayLike<number> }>

/** The same in float64, head by head, over keys that are given: `selectionOf` says which, of each head. */
export function referenceAttention(
  shape: ModelShape,
  selectionOf: (head: number) => Keys,
): HeadAttention<Float64Array> {
  const width = tokenCount(shape) * headDim(shape)
  const heads = Array.from({ length: shape.heads }, (_, head) => head)
  const part = (array: Float64Array, head: number) => array.subarray(head * width, (head + 1) * width)
  let attended: AttendedWithGradient[] = []
  return {
    get keyIds() {
      return attended.map(({ keyIds }) => keyIds)
    },
    forward(output, tokens) {
      attended = heads.map((head) =>
        attendWithGradient(denseHead(shape, tokens, head), { selection: selectionOf(head) }),
      )
      attended.forEach((one, head) => part(output, head).set(one.output))
    },
    backward(d, dOutput) {
      attended.forEach((one, head) => {
        const own = one.gradient(part(dOutput, head))
        for (const name of ['queries', 'keys', 'values'] as const) part(d[name], head).set(own[name])
      })
    },
  }
}

function denseHead(shape: ModelShape, tokens: HeadTokens<Float64Array>, head: number) {
  const [rows, cols] = [tokenCount(shape), headDim(shape)]
  const dense = (all: Float64Array) => ({
    data: all.slice(head * rows * cols, (head + 1) * rows * cols),
    rows,
    cols,
  })
  return { queries: dense(tokens.queries), keys: dense(tokens.keys), values: dense(tokens.values) }
}
