import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLASS_NAMES, type Images, partOf } from '../data/images.ts'
import { look } from '../evaluation/track.ts'
import { SMALL } from '../model/shape.ts'
import { type Arm, selectionOf } from '../study/arms.ts'
import { curvesOf } from '../study/curves.ts'
import type { RecordLine } from '../study/record.ts'
import { SNAPSHOT_STEPS, weightsAt } from '../study/run-job.ts'
import { chosenRate } from '../study/run-study.ts'
import { ARM_NAMES } from '../study/summary.ts'
import { chosenPatches } from './chosen-patches.ts'
import { paperFigures } from './paper-figures.ts'
import { accuracyPlot, consistencyChart, inferenceChart, trainingChart } from './study-charts.ts'

export interface Drawing {
  readonly record: readonly RecordLine[]
  /** Of the study's weights. */
  readonly work: string
  readonly testImages: Images
  readonly folder: string
  readonly onPicture?: ((name: string) => void) | undefined
}

/** Test images whose chosen patches are drawn, and the moments of training. */
const DRAWN_IMAGES = [0, 1, 2]
const DRAWN_STEPS = SNAPSHOT_STEPS.filter((_, i) => [0, 2, 4, 7].includes(i))
const SEED = 1
/** Of the paper's figures. */
const COVERED_IMAGES = 10

/** Every picture of docs/vision.md, into `folder`. */
export async function drawAll(drawing: Drawing): Promise<void> {
  const { record, work, testImages, folder, onPicture } = drawing
  mkdirSync(folder, { recursive: true })
  const put = (name: string, content: string) => {
    writeFileSync(join(folder, `${name}.svg`), content)
    onPicture?.(name)
  }
  put('accuracy', accuracyPlot(record))
  put('inference', inferenceChart(record))
  put('training', trainingChart(curvesOf(work, chosenRate(record))))
  put('consistency', consistencyChart(record))
  for (const arm of ['leverage-32', 'full', 'norm-32'] as const)
    for (const image of DRAWN_IMAGES) put(`chosen-${arm}-${image}`, await chosenPicture(drawing, arm, image))
  const some = partOf(testImages, 0, COVERED_IMAGES)
  for (const arm of ['full', 'leverage-32'] as const) {
    const title = `What keys hold of softmax attention, model trained with ${ARM_NAMES[arm]}`
    put(`coverage-${arm}`, await paperFigures(title, weightsAt({ work }, arm, SEED), some))
  }
}

async function chosenPicture({ work, testImages }: Drawing, arm: Arm, image: number): Promise<string> {
  const one = partOf(testImages, image, 1)
  const rule = arm === 'norm-32' ? 'norm-max' : 'leverage'
  const moments = []
  for (const step of DRAWN_STEPS) {
    const { weights } = weightsAt({ work }, arm, SEED, step)
    const [blocks] = await look({ shape: SMALL, weights }, selectionOf(arm, SEED), one, 32)
    moments.push({ step, blocks })
  }
  return chosenPatches({
    title: `${CLASS_NAMES[one.labels[0]]}: 32 keys by ${rule === 'leverage' ? 'leverage' : 'norm'} of each head, model trained with ${ARM_NAMES[arm]}`,
    image: one.pixels,
    imageSize: one.imageSize,
    gridSize: SMALL.gridSize,
    moments,
    rule,
  })
}
