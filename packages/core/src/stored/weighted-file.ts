import type { PrioritySample } from '../sums/priority-sample.ts'
import type { HeaderRecord } from '../lev/canonical.ts'
import type { LevFile } from '../lev/lev-reader.ts'
import type { LevBlock } from '../lev/lev-writer.ts'
import { Candidates } from '../sums/candidates.ts'
import { GramSum } from '../sums/gram-sum.ts'
import { HeaderFields, levelBlock, levelErrors, levelsFrom, readBlock, readKeys } from './lev-fields.ts'
import { TriangularSum } from '../sums/triangular-sum.ts'
import type { DroppedKeySums, WeightedForm } from '../sums/weighted-form.ts'

/** What a .lev says of the weights, p other than 2: fields as docs/formats.md lists them. */
export function weightedHeader({ gram, triangular, weightSum, droppedKeys }: WeightedForm): HeaderRecord {
  const { sample } = droppedKeys
  return {
    weighted: true,
    weightedDepth: gram.depth,
    weightedTriangularErrors: levelErrors(triangular),
    weightedSum: weightSum,
    restRatio: droppedKeys.ratio,
    restLeverage: droppedKeys.leverage,
    restLeverageRidge: droppedKeys.leverageRidge,
    restRidgeScore: droppedKeys.ridgeScore,
    sampleRows: sample?.rowCount ?? 0,
    sampleSeed: sample?.seed ?? 0,
    sampleWeightSum: sample?.weightSum ?? 0,
    sampleBoundRatio: sample?.boundRatio ?? 0,
  }
}

export function weightedBlocks(
  { gram, triangular, droppedKeys: { sample } }: WeightedForm,
  entryScores: Float64Array,
): LevBlock[] {
  const f64 = (name: string, data: Float64Array): LevBlock => ({
    name,
    dtype: 'f64',
    length: data.length,
    data,
  })
  return [
    f64('weightedGram', gram.gram),
    levelBlock('weightedTriangular', triangular, gram.dim),
    f64('arrivals', entryScores),
    ...(sample ? sampleBlocks(sample) : []),
  ]
}

function sampleBlocks({ rows }: PrioritySample): LevBlock[] {
  const { count, rowIds, bounds, entryScores, keys, element } = rows
  return [
    { name: 'sampleRowIds', dtype: 'u64', length: count, data: rowIds },
    { name: 'samplePriorities', dtype: 'f64', length: count, data: bounds },
    { name: 'sampleWeights', dtype: 'f64', length: count, data: entryScores },
    { name: 'sampleKeys', dtype: element, length: keys.length, data: keys },
  ]
}

/** The form in a .lev, whose G is `plain`; undefined where it has none. Throws Content. */
export function weightedFrom(file: LevFile, plain: GramSum): WeightedForm | undefined {
  const header = new HeaderFields(file)
  // What is there is there to be read.
  const known = file.find('weightedGram') ? [true as const] : [undefined, true as const]
  if (header.oneOf('weighted', known) === undefined) return undefined
  const { dim, exponents, rowCount } = plain
  const gram = new GramSum(dim, {
    gram: readBlock(file, 'weightedGram', dim * dim),
    exponents: exponents.slice(),
    rowCount,
    depth: header.integer('weightedDepth'),
  })
  const levels = levelsFrom(file, 'weightedTriangularErrors', 'weightedTriangular', dim)
  return {
    gram,
    triangular:
      file.header.form === 'triangular' ? new TriangularSum(dim, exponents.slice(), levels) : undefined,
    weightSum: header.number('weightedSum', { least: 0 }),
    droppedKeys: droppedKeysFrom(file, header, dim),
  }
}

/** v of the kept keys; zeros where the file has no weights. */
export function entryScoresFrom(file: LevFile, count: number): Float64Array {
  return file.find('weightedGram') ? readBlock(file, 'arrivals', count) : new Float64Array(count)
}

function droppedKeysFrom(file: LevFile, header: HeaderFields, dim: number): DroppedKeySums {
  return {
    // Of a small p it may be more than float64 holds, and so may a score.
    ratio: header.number('restRatio', { least: 0, infinite: true }),
    leverage: header.number('restLeverage', { least: 0, most: 1 }),
    leverageRidge: header.number('restLeverageRidge', { least: 0, most: 2 * dim }),
    ridgeScore: header.number('restRidgeScore', { least: 0, infinite: true }),
    sample: header.integer('sampleRows') > 0 ? sampleFrom(file, header, dim) : noSampleIn(file, header),
  }
}

/** undefined. Throws Content where the file has something of a sample. */
function noSampleIn(file: LevFile, header: HeaderFields): undefined {
  if (file.find('sampleRowIds')) throw header.contradiction('sampleRows', 'above 0, as there is a sample')
  for (const name of ['sampleSeed', 'sampleWeightSum', 'sampleBoundRatio']) header.oneOf(name, [0])
}

function sampleFrom(file: LevFile, header: HeaderFields, dim: number): PrioritySample {
  const count = file.find('sampleRowIds')?.length ?? 0
  const priorities = readBlock(file, 'samplePriorities', count)
  const weights = readBlock(file, 'sampleWeights', count)
  const keys = readKeys(file, 'sampleKeys', count * dim)
  return {
    rowCount: header.integer('sampleRows'),
    seed: header.integer('sampleSeed'),
    rows: Candidates.of(dim, file.read('sampleRowIds', 'u64'), priorities, keys, weights),
    weightSum: header.number('sampleWeightSum', { least: 0 }),
    boundRatio: header.number('sampleBoundRatio', { least: 0 }),
  }
}
