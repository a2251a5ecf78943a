import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Images, openImages } from '../data/images.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { readWeights, type WeightsFile } from '../model/weights-file.ts'
import { type Arm, ARMS, selectionOf } from '../study/arms.ts'
import { readRecord, type RecordLine } from '../study/record.ts'

/** What lies in the repository, so that a result shows without a download. */
export const SHIPPED_FOLDER = fileURLToPath(new URL('../../shipped', import.meta.url))
export const RECORD_PATH = fileURLToPath(new URL('../../study/record.jsonl', import.meta.url))
/** Of the models. */
export const SHIPPED_SEED = 1
/** The first of the test set. */
export const SHIPPED_IMAGES = 1_000

/** How a model is read: its own way, or the full one with 32 keys alone. */
export const READINGS = [
  ...ARMS.map((arm) => ({ arm, reading: 'own' as const })),
  { arm: 'full' as const, reading: 'leverage' as const },
  { arm: 'full' as const, reading: 'norm-max' as const },
  { arm: 'full' as const, reading: 'random' as const },
]
export type Reading = (typeof READINGS)[number]

/** Images right of SHIPPED_IMAGES, by `arm reading`. */
export type Expected = Readonly<Record<string, number>>

export function shippedWeights(arm: Arm): WeightsFile {
  return readWeights(`${SHIPPED_FOLDER}/${arm}.safetensors`)
}

export function shippedImages(): Images {
  return openImages(SHIPPED_FOLDER, 'test')
}

/** What was right when the weights were put here. */
export function expected(): Expected {
  return JSON.parse(readFileSync(`${SHIPPED_FOLDER}/expected.json`, 'utf8')) as Expected
}

export function studyRecord(): RecordLine[] {
  return readRecord(RECORD_PATH)
}

export function nameOf({ arm, reading }: Reading): string {
  return `${arm} ${reading}`
}

/** Shipped images that the shipped model gets right. */
export async function correctOf({ arm, reading }: Reading, images: Images, workers: number): Promise<number> {
  const selection = reading === 'own' ? selectionOf(arm, SHIPPED_SEED) : { rule: reading, keep: 32 }
  const { correct } = await evaluate(shippedWeights(arm), selection, images, workers)
  return correct
}
