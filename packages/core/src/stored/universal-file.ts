import { LevError } from '../errors/errors.ts'
import type { HeaderRecord } from '../lev/canonical.ts'
import { type LevFile } from '../lev/lev-reader.ts'
import type { LevBlock, LevContent } from '../lev/lev-writer.ts'
import { Candidates } from '../sums/candidates.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { scalarKernels } from '../kernels/scalar.ts'
import { sketchFactor } from '../bounds/sketch/sketch-factor.ts'
import { HeaderFields, readBlock, whileOpened } from './lev-fields.ts'
import { type KeyBlocks, mostRidge, summaryBlocks, summaryFrom, summaryHeader } from './summary-file.ts'
import type { Preconditioner } from '../bounds/factor/preconditioner.ts'
import { coverRidgeOf, type Factor } from '../bounds/factor/factor.ts'
import { prefixesFrom, prefixTableBlocks } from './prefix-file.ts'
import { droppedKeysOf } from '../universal/dropped-keys.ts'
import {
  inRowOrder,
  keysAt,
  piecesOf,
  rowOrder,
  sortedByBound,
  type UniversalSet,
} from '../universal/universal-set.ts'
import type { KeyRecord, UniversalFile, MergeRecord } from '../summary/merge-record.ts'
import { validateUniversal } from '../validation/validate-universal.ts'
import { weighsRows } from '../sums/weighted-form.ts'

/** The .lev content of U: a summary whose candidates are U in row order, and the factor. */
export function universalContent(universal: UniversalSet, origin: MergeRecord): LevContent {
  const { factor, gramFactor, dim } = universal
  const state = { ...recordOf(universal, origin), candidates: new Candidates(dim, 'f32') }
  return {
    kind: 'universal',
    header: {
      ...summaryHeader(state),
      ...(factor.sketch ? {} : factorHeader(factor, '')),
      ...(gramFactor ? factorHeader(gramFactor, 'plain') : {}),
      ...(factor.power ? { weightSum: factor.power.weightSum, weightRatio: factor.power.weightRatio } : {}),
      ...(universal.droppedKeys ? { ridgeShare: universal.droppedKeys.ridgeShare } : {}),
      shardRows: origin.shardRows,
      ...keyRecordHeader(origin.seen),
    },
    blocks: [
      ...summaryBlocks(state, keyBlocksOf(universal, origin.weighted?.entryScores)),
      f64Block('shardTraces', origin.shardSquaredNorms),
      ...(universal.prefixes ? prefixTableBlocks(universal.prefixes, universal.dim) : []),
      ...(factor.sketch ? [] : factorBlocks(factor, '')),
      ...(gramFactor ? factorBlocks(gramFactor, 'plain') : []),
    ],
  }
}

/** U in row order, gathered a piece at a time as it is written: no second copy of many keys is made. */
function keyBlocksOf(universal: UniversalSet, entryScores: Float64Array = new Float64Array(0)): KeyBlocks {
  const { dim, rowIds, bounds, keys } = universal
  const order = rowOrder(universal)
  function* pieces<T>(gather: (slots: Uint32Array) => T): Generator<T, void, void> {
    for (const { slots } of piecesOf(order, dim)) yield gather(slots)
  }
  const numbers = (values: Float64Array) => ({
    [Symbol.iterator]: () => pieces((slots) => Float64Array.from(slots, (slot) => values[slot])),
  })
  return {
    count: order.length,
    element: keys instanceof Float64Array ? 'f64' : 'f32',
    rowIds: numbers(rowIds),
    bounds: numbers(bounds),
    keys: { [Symbol.iterator]: () => pieces((slots) => keysAt(universal, slots)) },
    entryScores,
  }
}

/** Reads U back. Throws Content where the file is a summary without U, or its numbers cannot all be true. */
export function universalFrom(file: LevFile): UniversalFile {
  if (file.kind !== 'universal') {
    const message = `${file.name} is a ${file.kind}, not a universal set; merge makes one of it, or KeySummary in a program`
    throw new LevError('Content', message, { file: file.name })
  }
  const state = summaryFrom(file)
  const { candidates, epsilon, p } = state
  const shardRows = new HeaderFields(file).integer('shardRows')
  const shardSquaredNorms = file.read('shardTraces', 'f64')
  const factors = factorsFrom(file, state)
  const universal: UniversalSet = {
    p,
    epsilon,
    rowCount: factors.factor.rowCount,
    ...sortedByBound(candidates, candidates.bounds),
    ...factors,
    ...(state.policy === 'prefix' ? { prefixes: prefixesFrom(file, state, shardRows) } : {}),
  }
  const origin = {
    gram: state.gram,
    ranges: state.ranges,
    shardSquaredNorms,
    shardRows,
    triangular: state.triangular,
    sketch: state.sketch,
    ...keyRecordFrom(file),
    ...(state.weighted
      ? { weighted: { form: state.weighted, entryScores: state.candidates.entryScores } }
      : {}),
  }
  const opened = { universal, origin, state }
  whileOpened(file.name, () => validateUniversal(file.name, opened))
  return opened
}

function keyRecordHeader({ keyRows, keyMaskDigest }: KeyRecord = {}): HeaderRecord {
  return {
    ...(keyRows ? { keyRows: [keyRows] } : {}),
    ...(keyMaskDigest === undefined ? {} : { keyMaskDigest }),
  }
}

/** Throws Content. */
function keyRecordFrom(file: LevFile): Pick<MergeRecord, 'seen'> {
  const header = new HeaderFields(file)
  if (!header.has('keyRows') && !header.has('keyMaskDigest')) return {}
  const { keyMaskDigest } = file.header
  const isDigest = typeof keyMaskDigest === 'string' && /^[0-9a-f]{64}$/.test(keyMaskDigest)
  if (keyMaskDigest !== undefined && !isDigest) throw header.contradiction('keyMaskDigest', 'a SHA-256')
  const [range, more] = header.has('keyRows') ? header.ranges('keyRows') : []
  if (more) throw header.contradiction('keyRows', 'one range of rows')
  const keyRows = range && ([range.rowStart, range.rowEnd] as const)
  return { seen: { ...(keyRows ? { keyRows } : {}), ...(isDigest ? { keyMaskDigest } : {}) } }
}

/** U as the summary that `merge` takes: keys in row order (`candidates`, where they are gathered already), drops recorded. */
export function summaryOf(
  universal: UniversalSet,
  origin: SummedKeys,
  candidates = inRowOrder(universal, origin.weighted?.entryScores),
): SummaryState {
  return { ...recordOf(universal, origin), candidates }
}

type SummedKeys = Pick<MergeRecord, 'gram' | 'ranges' | 'triangular' | 'sketch' | 'weighted'>

/** What a summary says beside its keys. */
function recordOf(universal: UniversalSet, origin: SummedKeys): Omit<SummaryState, 'candidates'> {
  const { dim, epsilon, p, factor, prefixes } = universal
  return {
    dim,
    epsilon,
    p,
    policy: prefixes ? 'prefix' : 'whole',
    ranges: origin.ranges,
    gram: origin.gram,
    openRanges: [],
    triangular: origin.triangular,
    dropRidge: factor.sketch ? 0 : coverRidgeOf(factor),
    sketch: origin.sketch,
    weighted: origin.weighted?.form,
  }
}

/**
 * A state that holds U as its candidates, fit to be merged. p other than 2: the bounds of U's factor hold for good when they
 * are rounded up; those of a ridge only as long as S does not grow, so they are forgotten.
 */
export function mergeableState(state: SummaryState, { ridge, thresholdSlack, power }: Factor): SummaryState {
  if (!power) return state
  const { dim, rowIds, bounds, keys, entryScores } = state.candidates
  const good = bounds.map((bound) => (ridge > 0 ? 1 : Math.min(1, bound * (1 + 2 * thresholdSlack))))
  return { ...state, candidates: Candidates.of(dim, rowIds, good, keys, entryScores) }
}

/** p other than 2: the factor of M, and that of G under names that begin with 'plain'. */
function factorsFrom(
  file: LevFile,
  state: SummaryState,
): Pick<UniversalSet, 'factor' | 'gramFactor' | 'droppedKeys'> {
  // Every number of a sketch's factor is a function of the sketch.
  if (state.sketch) return { factor: sketchFactor(scalarKernels(), state.sketch, state.gram) }
  const factor = factorFrom(file, state, '')
  if (!weighsRows(state)) return { factor }
  const header = new HeaderFields(file)
  const weightSum = header.number('weightSum', { least: 0 })
  const weightRatio = header.number('weightRatio', { least: 0, infinite: true })
  return {
    factor: { ...factor, power: { p: state.p, weightSum, weightRatio } },
    gramFactor: factorFrom(file, state, 'plain'),
    ...(file.header.ridgeShare === undefined || !state.weighted
      ? {}
      : {
          droppedKeys: droppedKeysOf(
            state.weighted.droppedKeys,
            header.number('ridgeShare', { least: 0, most: 1 }),
          ),
        }),
  }
}

const FACTOR_NUMBERS = [
  'ridge',
  'gramError',
  'rootError',
  'smallestEigenvalue',
  'condition',
  'rank',
  'thresholdSlack',
] as const

/** `prefix`: what the field's names begin with; none for the factor that chose U. */
function factorHeader(factor: Factor, prefix: string): HeaderRecord {
  const { preconditioner } = factor
  const fields: HeaderRecord = {
    ...Object.fromEntries(FACTOR_NUMBERS.map((name) => [name, factor[name]])),
    factorDropRidge: factor.dropRidge,
    ...(factor.isTight ? { ridgeRule: 'tight' } : {}),
    refined: preconditioner !== undefined,
    compensated: Array.from(preconditioner?.compensated ?? []),
    compensatedNorm: preconditioner?.compensatedNorm ?? 0,
    forwardNorm: preconditioner?.forwardNorm ?? 0,
    inverseNorm: preconditioner?.inverseNorm ?? 0,
  }
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [prefixed(prefix, name), value]))
}

function factorBlocks(factor: Factor, prefix: string): LevBlock[] {
  const { preconditioner } = factor
  return [
    f64Block(prefixed(prefix, 'columnNorms'), factor.columnNorms),
    f64Block(prefixed(prefix, 'lower'), factor.lower),
    ...(factor.root ? [f64Block(prefixed(prefix, 'root'), factor.root)] : []),
    ...(preconditioner
      ? [
          f64Block(prefixed(prefix, 'refinedGram'), factor.gram),
          f64Block(prefixed(prefix, 'forward'), preconditioner.forward),
          f64Block(prefixed(prefix, 'inverse'), preconditioner.inverse),
        ]
      : []),
  ]
}

function prefixed(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}${name[0].toUpperCase()}${name.slice(1)}`
}

function factorFrom(file: LevFile, { gram, dim }: SummaryState, prefix: string): Factor {
  const named = (name: string) => prefixed(prefix, name)
  const header = new HeaderFields(file)
  const notNegative = (name: string) => header.number(named(name), { least: 0 })
  const refined = header.oneOf(named('refined'), [true, false])
  const live = Uint8Array.from({ length: dim }, (_, a) => (gram.gram[a * dim + a] > 0 ? 1 : 0))
  const isTight = header.oneOf(named('ridgeRule'), ['tight', undefined]) === 'tight'
  return {
    ...(isTight ? { isTight } : {}),
    dim,
    exponents: gram.exponents.map((e, a) => (live[a] ? e : 0)),
    columnNorms: readBlock(file, named('columnNorms'), dim),
    live,
    lower: readBlock(file, named('lower'), dim * dim),
    ridge: header.number(named('ridge'), { least: 0, most: 1 }),
    dropRidge: header.number(named('factorDropRidge'), { least: 0, most: mostRidge(dim) }),
    preconditioner: refined ? preconditionerFrom(file, header, dim, named) : noPreconditioner(header, named),
    gram: refined ? readBlock(file, named('refinedGram'), dim * dim) : gram.symmetric(),
    root: file.find(named('root')) ? readBlock(file, named('root'), dim * dim) : undefined,
    gramError: notNegative('gramError'),
    rootError: notNegative('rootError'),
    // -Infinity: nothing is known of it.
    smallestEigenvalue: header.number(named('smallestEigenvalue'), { infinite: true }),
    condition: header.number(named('condition'), { least: 1 }),
    rank: header.integer(named('rank')),
    thresholdSlack: notNegative('thresholdSlack'),
    rowCount: gram.rowCount,
  }
}

/** undefined. Throws Content where the fields of coordinates say anything. */
function noPreconditioner(header: HeaderFields, named: (name: string) => string): undefined {
  for (const name of ['forwardNorm', 'inverseNorm', 'compensatedNorm'])
    header.oneOf(named(name), [0, undefined])
  if (header.has(named('compensated'))) header.columns(named('compensated'), 0)
}

function preconditionerFrom(
  file: LevFile,
  header: HeaderFields,
  dim: number,
  named: (name: string) => string,
): Preconditioner {
  const notNegative = (name: string) => header.number(named(name), { least: 0 })
  // Files from before T's columns could be compensated say nothing of it: none was.
  const compensates = header.has(named('compensated')) || header.has(named('compensatedNorm'))
  return {
    forward: readBlock(file, named('forward'), dim * dim),
    inverse: readBlock(file, named('inverse'), dim * dim),
    compensated: Uint32Array.from(compensates ? header.columns(named('compensated'), dim) : []),
    compensatedNorm: compensates ? notNegative('compensatedNorm') : 0,
    forwardNorm: notNegative('forwardNorm'),
    inverseNorm: notNegative('inverseNorm'),
    inverseError: notNegative('rootError'),
  }
}

function f64Block(name: string, data: Float64Array): LevBlock {
  return { name, dtype: 'f64', length: data.length, data }
}
