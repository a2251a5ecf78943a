import { basename, join } from 'node:path'
import { fileWord, kindAt, LevError } from '@levattention/core/internal'
import { namesIn } from '../../files/names-in.ts'
import { meanColumns, shownKeep } from '../../coverage/mean-columns.ts'
import { headName } from '../facts/head-name.ts'
import { type Layout, requireLayout } from '../facts/layout.ts'
import type { HeadReport } from '../facts/report-facts.ts'
import { type HeadLine, isHeadsCsv, readHeadsCsv } from './heads-csv.ts'
import { headOfFile, mayBeResult, openResult, type Result } from './open-result.ts'
import { type ReadPairs, type SaidOfPairs, sharedBetween } from './read-pairs.ts'
import type { ReadSet } from './read-set.ts'
import { setScores } from './set-scores.ts'

/** What results on disk say, head by head. */
export interface FoundResults {
  readonly heads: readonly HeadReport[]
  readonly keep: number
  readonly local?: number
  readonly paths: readonly string[]
  readonly thresholdSlack: number
}

interface Placed {
  readonly path: string
  readonly head: number
  readonly result: Result
}

const DEFAULT_KEEP = 32

/** The heads that the results at `given`, files and folders, are about. Throws Option (none), NotFound, Content. */
export function ofResults(given: readonly string[], layout: Layout, said: SaidOfPairs): FoundResults {
  const { epsilon } = said
  const placed = given.flatMap((path) =>
    kindAt(path) === 'folder' ? inFolder(path, said) : atPath(path, said),
  )
  const lines = new Map(given.flatMap((path) => [...linesOf(path)]))
  if (placed.length === 0) {
    const inputs = given.length === 1 ? inputsIn(given[0]) : ''
    const message = `${given.join(', ')}: no result that a report shows; it takes pairs (.npz of run or query), universal sets (.lev, .npz of build) and coverage (.json), or a folder of them${inputs}`
    throw new LevError('Option', message, { option: 'results' })
  }
  const coverage = placed.flatMap(({ result }) => (result.kind === 'coverage' ? result.coverage.heads : []))
  const indices = [
    ...new Set([
      ...placed.flatMap(({ head, result }) => (result.kind === 'coverage' ? [] : [head])),
      ...coverage.map(({ index }) => index),
    ]),
  ]
  const keep = (coverage.length > 0 ? shownKeep(meanColumns(coverage)) : null) ?? DEFAULT_KEEP
  const heads = indices
    .sort((a, b) => a - b)
    .map((index) => {
      const own = placed.filter(({ head, result }) => head === index && result.kind !== 'coverage')
      const held = coverage.find((one) => one.index === index)
      return headOf(index, own, held, {
        layout,
        epsilon,
        topCount: Math.max(10, keep),
        line: lines.get(index) ?? {},
      })
    })
  for (const { n } of heads) requireLayout(layout, n)
  const slacks = placed.flatMap(({ result }) =>
    result.kind === 'set' ? (result.set.thresholdSlack ?? 0) : 0,
  )
  return {
    heads: heads.length === 1 ? [{ ...heads[0], name: nameOfOne(heads[0], placed) }] : heads,
    keep,
    paths: placed.map(({ path }) => path),
    thresholdSlack: Math.max(...slacks),
  }
}

/** What files of a folder are called that are the inputs of a head. */
const INPUTS: readonly (readonly [option: string, name: RegExp])[] = [
  ['queries', /^(?:q|queries)\.npy$/i],
  ['keys', /^(?:k|keys)\.npy$/i],
  ['values', /^(?:v|values)\.npy$/i],
]

/** How the inputs in `folder` are named, where keys are there: half a sentence. */
function inputsIn(folder: string): string {
  if (kindAt(folder) !== 'folder') return ''
  const names = namesIn(folder)
  const found = INPUTS.flatMap(([option, name]) => {
    const files = names.filter((one) => name.test(one))
    return files.length === 1 ? [{ option, words: `--${option} ${fileWord(join(folder, files[0]))}` }] : []
  })
  if (!found.some(({ option }) => option === 'keys')) return ''
  const isPair = found.some(({ option }) => option === 'queries')
  const named = isPair ? found : found.filter(({ option }) => option === 'keys')
  return `. Inputs are named: \`${named.map(({ words }) => words).join(' ')}\``
}

function nameOfOne({ coverage, name }: HeadReport, placed: readonly Placed[]): string {
  return coverage?.head === undefined && coverage?.layer === undefined ? basename(placed[0].path) : name
}

function inFolder(folder: string, said: SaidOfPairs): Placed[] {
  return namesIn(folder)
    .filter(mayBeResult)
    .flatMap((name) => atPath(join(folder, name), said))
}

function atPath(path: string, said: SaidOfPairs): Placed[] {
  const result = openResult(path, said)
  if (!result) return []
  const told = result.kind === 'pairs' ? result.pairs.head : undefined
  return [{ path, head: told ?? headOfFile(path) ?? 0, result }]
}

/** What heads.csv says of the heads of a folder. */
function linesOf(path: string): ReadonlyMap<number, HeadLine> {
  if (kindAt(path) !== 'folder') return new Map()
  const file = namesIn(path).find(isHeadsCsv)
  return file === undefined ? new Map() : readHeadsCsv(join(path, file))
}

interface Terms {
  readonly line: HeadLine
  readonly layout: Layout
  readonly epsilon: number | undefined
  readonly topCount: number
}

function headOf(
  index: number,
  own: readonly Placed[],
  coverage: HeadReport['coverage'],
  terms: Terms,
): HeadReport {
  const pairs = own.flatMap(({ result }) => (result.kind === 'pairs' ? [result.pairs] : []))
  const power = pairs.find(({ facts }) => facts.attention === 'power')
  const softmax = pairs.find(({ facts }) => facts.attention === 'softmax')
  const set = own.flatMap(({ result }) => (result.kind === 'set' ? [result.set] : [])).at(0)
  const epsilon = terms.epsilon ?? power?.facts.epsilon ?? set?.epsilon ?? softmax?.facts.epsilon ?? 0.01
  const n = set?.rowCount ?? power?.facts.n ?? softmax?.facts.n ?? coverage?.n ?? 0
  requireAlike(n, [
    ...pairs.map(({ path, facts }) => ({ path, n: facts.n })),
    ...(coverage ? [{ path: 'the coverage', n: coverage.n }] : []),
  ])
  const m = power?.facts.m ?? softmax?.facts.m ?? coverage?.m
  const d = set?.dim ?? power?.d ?? softmax?.d
  const { universalSize, source, rank, condition, ...axes } = terms.line
  const place = { ...axes, ...placeOf(coverage) }
  return {
    index,
    name: headName({ index, ...place, source: coverage?.source ?? source }),
    ...place,
    ...(universalSize !== undefined && { universalSize }),
    ...(rank !== undefined && { rank }),
    ...(condition !== undefined && { condition }),
    n,
    ...(m !== undefined && { m }),
    ...(d !== undefined && { d }),
    p: set?.p ?? power?.p ?? 2,
    epsilon,
    isCausal: [set, power, softmax].some((one) => one?.isCausal === true),
    ...(set
      ? ofSet(set, { ...terms, epsilon: Math.max(epsilon, set.epsilon) })
      : { kind: 'leverage' as const }),
    ...ofPairs(power, softmax),
    ...(coverage && { coverage }),
  }
}

function placeOf(coverage: HeadReport['coverage']): Pick<HeadReport, 'layer' | 'batch' | 'head'> {
  const { layer, batch, head } = coverage ?? {}
  return {
    ...(layer !== undefined && { layer }),
    ...(batch !== undefined && { batch }),
    ...(head !== undefined && { head }),
  }
}

function ofSet(
  set: ReadSet,
  terms: Terms & { readonly epsilon: number },
): Pick<HeadReport, 'kind' | 'scores' | 'rank' | 'condition' | 'epsilon' | 'setChance'> {
  const { p, isCausal, rank, condition, chance } = set
  return {
    epsilon: terms.epsilon,
    // Bounds by sketches are inflated.
    kind: isCausal ? 'prefix' : p === 2 && !chance ? 'leverage' : 'bounds',
    ...(chance && { setChance: chance }),
    scores: setScores(set, terms),
    ...(rank !== undefined && { rank }),
    ...(condition !== undefined && { condition }),
  }
}

function ofPairs(power: ReadPairs | undefined, softmax: ReadPairs | undefined): Partial<HeadReport> {
  return {
    ...(power && { power: power.facts, uncertifiedQueries: power.uncertifiedQueries }),
    ...(power?.chance && { pairChance: power.chance }),
    ...(softmax && { softmax: softmax.facts }),
    ...(power && softmax && { sharedPairs: sharedBetween(power.path, softmax.path) }),
  }
}

function requireAlike(n: number, found: readonly { readonly path: string; readonly n: number }[]): void {
  const other = found.find((one) => one.n !== n)
  if (other === undefined) return
  const message = `${other.path} is about ${other.n} keys, and others of the same head about ${n}: results of one report belong to the same keys`
  throw new LevError('Content', message, { file: other.path })
}
