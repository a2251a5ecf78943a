import { levattention } from '@levattention/coordinator'
import { matrix } from '@levattention/core'
import { type Images, partOf } from '../data/images.ts'
import { setPatches } from '../data/patches.ts'
import type { Trained } from '../evaluation/evaluate.ts'
import { openModel } from '../model/open-model.ts'
import { headDim, tokenCount } from '../model/shape.ts'
import { type Histogram, histograms } from './histograms.ts'

/** What `coverage` calls the paper's figures 2, 3 and 4, and leverage beside them. */
const SELECTIONS = [
  ['best', ['the paper’s figure 2', 'best 32 of each query']],
  ['local', ['figure 3', 'patches within 3 steps']],
  ['accumulated+local', ['figure 4', '32 by attention, and these']],
  ['leverage+local', ['beside it', '32 by leverage, and these']],
] as const

/** The paper's figures 2 to 4 of a model, over all heads and some images: how much of a row's attention the keys hold. */
export async function paperFigures(title: string, trained: Trained, images: Images): Promise<string> {
  const lev = await levattention({ workers: 0 })
  try {
    const sums = SELECTIONS.map(() => ({ bins: new Float64Array(50), rows: 0, mass: 0 }))
    for await (const { queries, keys } of headsOf(trained, images)) {
      const { gridSize } = trained.shape
      const { heads } = await lev.coverage(
        { queries, keys },
        {
          select: SELECTIONS.map(([select]) => select),
          keep: [32],
          local: 3,
          grid: { height: gridSize, width: gridSize, prefixTokens: 1 },
        },
      )
      heads[0].selections.forEach(({ histogram, massMean }, s) => {
        const rows = histogram.reduce((sum, count) => sum + count, 0)
        histogram.forEach((count, bin) => (sums[s].bins[bin] += count))
        sums[s].rows += rows
        sums[s].mass += rows * (massMean ?? 0)
      })
    }
    const panels = sums.map(({ bins, rows, mass }, s): Histogram => ({
      titles: SELECTIONS[s][1],
      bins: Array.from(bins, (count) => count / rows),
      mean: mass / rows,
    }))
    return histograms(title, panels, 'share of a query’s attention')
  } finally {
    await lev.close()
  }
}

/** Of all keys: what each head of each block sees of each image. */
async function* headsOf({ shape, weights }: Trained, images: Images) {
  const model = await openModel(shape, { full: true })
  model.weights.set(weights)
  const [rows, cols] = [tokenCount(shape), headDim(shape)]
  for (let image = 0; image < images.count; image++) {
    setPatches(model.patches, partOf(images, image, 1).pixels, shape)
    model.forward()
    for (const { tokens } of model.blocks)
      for (let head = 0; head < shape.heads; head++) {
        const own = (all: Float32Array) =>
          matrix(Float32Array.from(all.subarray(head * rows * cols, (head + 1) * rows * cols)), {
            rows,
            cols,
          })
        yield { queries: own(tokens.queries), keys: own(tokens.keys) }
      }
  }
}
