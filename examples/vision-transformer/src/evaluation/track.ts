import { attend, type Selection } from '@levattention/core'
import { type Images, partOf } from '../data/images.ts'
import { setPatches } from '../data/patches.ts'
import { openModel } from '../model/open-model.ts'
import { headDim, tokenCount } from '../model/shape.ts'
import type { VisionTransformer } from '../model/vision-transformer.ts'
import { attentionMass, largestIds, massOf } from './attention-mass.ts'
import type { Trained } from './evaluate.ts'

/** Rules whose choice is followed, whatever the model was trained with. */
export const FOLLOWED = ['leverage', 'norm-max'] as const
type Followed = (typeof FOLLOWED)[number]

/** What one head does with one image. */
export interface HeadLook {
  /** Row ids of the keys that each rule chooses. */
  readonly chosen: Readonly<Record<Followed, readonly number[]>>
  /** Share of the head's softmax attention over all keys that the chosen hold, and that the best `keep` keys would. */
  readonly mass: Readonly<Record<Followed | 'best', number>>
}

/** [images][blocks][heads] */
export type Looks = readonly (readonly (readonly HeadLook[])[])[]

/** Each head's choices on each of `images`, of a model that attends by `selection`. */
export async function look(
  { shape, weights }: Trained,
  selection: Selection,
  images: Images,
  keep: number,
): Promise<Looks> {
  const model = await openModel(shape, selection)
  model.weights.set(weights)
  return Array.from({ length: images.count }, (_, image) => {
    setPatches(model.patches, partOf(images, image, 1).pixels, shape)
    model.forward(image)
    return model.blocks.map((_block, block) =>
      Array.from({ length: shape.heads }, (_head, head) => lookAt(model, block, head, keep)),
    )
  })
}

function lookAt(model: VisionTransformer<Float32Array>, block: number, head: number, keep: number): HeadLook {
  const [rows, cols] = [tokenCount(model.shape), headDim(model.shape)]
  const { queries, keys } = model.blocks[block].tokens
  const dense = (all: Float32Array) => {
    const data = all.subarray(head * rows * cols, (head + 1) * rows * cols)
    return { data: Float32Array.from(data), rows, cols }
  }
  const own = { queries: dense(queries), keys: dense(keys) }
  const mass = attentionMass(own.queries.data, own.keys.data, rows)
  const one = (data: Float32Array) => ({ data: data.subarray(0, cols), rows: 1, cols })
  const chosen = Object.fromEntries(
    FOLLOWED.map((rule) => {
      // Rules that read keys alone choose the same for one query as for all.
      const { keyIds } = attend(
        { queries: one(own.queries.data), keys: own.keys, values: own.keys },
        { selection: { rule, keep } },
      )
      return [rule, Array.from(keyIds)]
    }),
  ) as Record<Followed, number[]>
  const best = largestIds(mass, keep)
  return {
    chosen,
    mass: {
      leverage: massOf(mass, chosen.leverage),
      'norm-max': massOf(mass, chosen['norm-max']),
      best: massOf(mass, best),
    },
  }
}

/** Share of `a` that is in `b`. */
export function overlap(a: readonly number[], b: readonly number[]): number {
  const those = new Set(b)
  return a.filter((id) => those.has(id)).length / a.length
}
