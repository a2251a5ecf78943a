import { basename } from 'node:path'
import { counted as countedText, fileWord, type RowRange, shellWord } from '@levattention/core/internal'
import type { Job } from '../../job/job.ts'
import { heeded, TURNED } from '../../job/quiet-notes.ts'
import { requireQueriesSeen } from '../../problem/seen-rows.ts'
import { count, counted, plain, share } from '../draw/numbers.ts'
import { directionText } from '../facts/direction.ts'
import {
  type HeadReport,
  isOfPower,
  isOfSoftmax,
  keyCountOf,
  type ReportFacts,
} from '../facts/report-facts.ts'
import { ofResults } from '../results/of-results.ts'
import { chanceText, largestChance } from '../page/chance-text.ts'
import { areResults, inputsOf, requireOfInputs } from './asked.ts'
import { ofInputs } from './of-inputs.ts'
import { layoutOf, readPicture } from './read-extras.ts'
import { type ReportOptions, Stages } from './report-options.ts'

/** All that the page says, from results on disk or from inputs. Throws as `report`. */
export async function reportFacts(options: ReportOptions, job: Job): Promise<ReportFacts> {
  const layout = layoutOf(options)
  const picture = readPicture(options)
  const shared = {
    layout,
    ...(picture !== undefined && { picture }),
    command: options.typed,
    versions: versionsOf(options),
  }
  const stages = new Stages()
  if (areResults(options)) {
    const found = await stages.time('reading', () =>
      Promise.resolve(ofResults(options.results, layout, options)),
    )
    const { heads, keep, paths, thresholdSlack } = found
    return {
      ...shared,
      ...about(heads, keep, paths.length === 1 ? basename(paths[0]) : countedText(paths.length, 'file')),
      heads,
      keep,
      ...(options.local !== undefined && { local: options.local }),
      parameters: parametersOf(options, heads, keep, undefined),
      stages: stages.list,
      warnings: [],
      notes: [],
      guarantee: guaranteeOf(heads, { thresholdSlack, scoreSlack: 0 }),
    }
  }
  const asked = inputsOf(options)
  requireQueriesSeen(asked)
  requireOfInputs(asked)
  const found = await ofInputs(asked, layout, job, stages)
  const { heads, terms, left, shapes } = found
  const { keep, local, sample } = terms
  return {
    ...shared,
    ...about(heads, keep, shapes.paths.map((path) => basename(path)).join(', '), {
      columns: shapes.columns,
      intercept: asked.intercept,
    }),
    heads,
    keep,
    ...(local !== undefined && { local }),
    ...(sample !== undefined && { sample: { rows: sample, of: shapes.m ?? 0 } }),
    parameters: parametersOf(asked, heads, keep, sample),
    stages: stages.list,
    warnings: [...heeded(job.stats.warnings).map(({ message }) => message), ...left],
    notes: job.stats.warnings.filter(({ code }) => code === TURNED).map(({ message }) => message),
    ...triedBy(asked),
    ...scoredBy(asked),
    guarantee: guaranteeOf(heads, found),
  }
}

/** Options that `run` and `verify` take in other words, or with files of their own: with them no command is named. */
const OTHERS = [
  'keyRows',
  'queryRows',
  'keyMaskFile',
  'queryMaskFile',
  'dropMissing',
  'columns',
  'header',
] as const

/** What tries the pairs: the report keeps none, so they are written first. Of one head in files that say by themselves how they are read. */
function triedBy(options: ReportOptions): Pick<ReportFacts, 'triedBy'> {
  const { keys, queries, heads, p, epsilon, causal, queryStart, dtype } = options
  const isPlain = OTHERS.every((name) => options[name] === undefined || options[name] === false)
  if (heads !== undefined || keys.length !== 1 || queries.length !== 1 || !isPlain || dtype !== undefined)
    return {}
  const files = `--queries ${fileWord(queries[0])} --keys ${fileWord(keys[0])}`
  const terms = [
    ...(epsilon === undefined ? [] : [`--epsilon ${plain(epsilon)}`]),
    ...(p === undefined ? [] : [`--p ${plain(p)}`]),
    ...(causal === true ? ['--causal'] : []),
    ...(queryStart === undefined ? [] : [`--query-start ${queryStart}`]),
  ]
  const run = ['levattention run', files, ...terms, '--out heavy.npz'].join(' ')
  return { triedBy: [run, `levattention verify ${files} --heavy heavy.npz`] }
}

/** What writes all leverage scores of a table: a page lists the largest alone. Of one table that is read as a whole. */
function scoredBy(options: ReportOptions): Pick<ReportFacts, 'scoredBy'> {
  const { keys, queries, heads, p = 2, columns, header, id, intercept, weights, weightColumn } = options
  const { keyRows, keyMaskFile, dropMissing = false, dtype } = options
  const isPlain = [heads, keyRows, keyMaskFile, dtype].every((one) => one === undefined) && !dropMissing
  if (!isPlain || keys.length !== 1 || queries.length > 0 || p !== 2) return {}
  const given = { columns, header, id, weights, 'weight-column': weightColumn }
  const terms = Object.entries(given).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option} ${shellWord(value)}`],
  )
  const how = [...terms, ...(intercept === true ? ['--intercept'] : [])]
  return { scoredBy: ['levattention scores', fileWord(keys[0]), ...how, '--out leverage.csv'].join(' ') }
}

/** So many columns are named. */
const NAMED_COLUMNS = 6

/** 'columns age, bmi and 12 more'. */
function columnsText(columns: readonly string[]): string {
  const named = columns.slice(0, NAMED_COLUMNS).join(', ')
  const more = columns.length - NAMED_COLUMNS
  return `${columns.length === 1 ? 'column' : 'columns'} ${named}${more > 0 ? ` and ${count(more)} more` : ''}`
}

function versionsOf({ version }: ReportOptions): ReportFacts['versions'] {
  return [
    ['levattention', version],
    ['Node', process.versions.node],
  ]
}

/** '3,000 rows x 5 columns and one of ones'; `dim` counts that of ones. */
function shapeText(n: number, dim: number | undefined, noun: string, hasOnes: boolean): string {
  if (dim === undefined) return counted(n, noun)
  const columns = hasOnes ? `${counted(dim - 1, 'column')} and one of ones` : counted(dim, 'column')
  return `${counted(n, noun)} x ${columns}`
}

function about(
  heads: readonly HeadReport[],
  keep: number,
  from: string,
  {
    columns = [],
    intercept = false,
  }: { readonly columns?: readonly string[] | undefined; readonly intercept?: boolean | undefined } = {},
): Pick<ReportFacts, 'noun' | 'scope'> {
  const noun = heads.every(({ m }) => m === undefined) ? 'row' : 'key'
  const [{ n, d, m, epsilon, p, isCausal, coverage }] = heads
  const total = heads.reduce((sum, head) => sum + head.n, 0)
  const taking = heads.reduce((sum, head) => sum + keyCountOf(head), 0)
  const [hasPower, hasSoftmax] = [heads.some(isOfPower), heads.some(isOfSoftmax)]
  const mask = isCausal ? 'causal ' : ''
  const parts = [
    heads.length === 1 ? from : counted(heads.length, 'head'),
    heads.length === 1 ? shapeText(n, d, noun, intercept) : `${count(total)} keys`,
    ...(columns.length > 0 ? [columnsText(columns)] : []),
    ...(taking < total ? [`${count(taking)} of them take part`] : []),
    ...(m === undefined || heads.length > 1 ? [] : [counted(m, 'query')]),
    `epsilon ${plain(epsilon)}`,
    ...(coverage ? [`N = ${count(keep)}`] : []),
    ...(noun === 'row'
      ? [p === 2 ? 'leverage' : `sensitivities, p = ${plain(p)}`]
      : [
          !hasPower
            ? `${mask}softmax attention`
            : `${mask}|q·k|^${plain(p)} attention${hasSoftmax ? ' and softmax, told apart throughout' : ''}`,
        ]),
  ]
  return { noun, scope: parts.join(' · ').replace('|^2', '|²').replace('|^3', '|³') }
}

function parametersOf(
  options: ReportOptions,
  heads: readonly HeadReport[],
  keep: number,
  sample: number | undefined,
): ReportFacts['parameters'] {
  const { seed, scale, grid, prefixTokens, queries } = options
  const [{ p, epsilon, isCausal, coverage, m }] = heads
  const hasUnasked = (options.queryRows ?? options.queryMaskFile) !== undefined
  return [
    m === undefined
      ? ['scores', p === 2 ? 'leverage' : `bounds of sensitivities, p = ${plain(p)}`]
      : ['attention', attentionsOf(heads, p)],
    ['epsilon', plain(epsilon)],
    ...designParameters(options),
    ...(coverage
      ? ([
          ['N', count(keep)],
          ['random', '16 draws'],
        ] as const)
      : []),
    ...(isCausal ? ([['causal', 'yes']] as const) : []),
    ...(coverage && queries.length > 0
      ? ([['scale', scale === undefined ? '1/sqrt(d)' : plain(scale)]] as const)
      : []),
    ...(grid
      ? ([
          ['grid', `${grid.height} x ${grid.width}${prefixTokens ? ` behind ${prefixTokens}` : ''}`],
        ] as const)
      : []),
    ...seenParameters(options),
    ...(m === undefined
      ? []
      : ([
          [
            'queries',
            sample === undefined
              ? hasUnasked
                ? 'all that take part'
                : 'all'
              : `${count(sample)} of ${count(m)} a head`,
          ],
        ] as const)),
    ...(seed === undefined ? [] : ([['seed', plain(seed)]] as const)),
  ]
}

function designParameters({ intercept = false, weights, weightColumn }: ReportOptions) {
  const found: [name: string, value: string][] = []
  if (intercept) found.push(['intercept', 'a column of ones in front'])
  if (weights !== undefined) found.push(['weights', basename(weights)])
  if (weightColumn !== undefined) found.push(['weights', `column ${weightColumn}`])
  return found
}

function attentionsOf(heads: readonly HeadReport[], p: number): string {
  const power = heads.some(isOfPower) ? [`|q·k|^p, p = ${plain(p)}`] : []
  return [...power, ...(heads.some(isOfSoftmax) ? ['softmax'] : [])].join('; ')
}

function seenParameters(options: ReportOptions) {
  const { keyRows, queryRows, keyMaskFile, queryMaskFile, dropMissing = false } = options
  const rows = ({ rowStart, rowEnd }: RowRange) => `${count(rowStart)} to ${count(rowEnd - 1)}`
  const found: [name: string, value: string][] = []
  if (keyRows) found.push(['key rows', rows(keyRows)])
  if (keyMaskFile !== undefined) found.push(['key mask', basename(keyMaskFile)])
  if (queryRows) found.push(['query rows', rows(queryRows)])
  if (queryMaskFile !== undefined) found.push(['query mask', basename(queryMaskFile)])
  if (dropMissing) found.push(['rows with a missing value', 'left out'])
  return found
}

function guaranteeOf(
  heads: readonly HeadReport[],
  { thresholdSlack, scoreSlack }: { readonly thresholdSlack: number; readonly scoreSlack: number },
): string {
  const [{ p, epsilon, isCausal, kind, m, scores, power, softmax }] = heads
  if (!scores && !power)
    return softmax
      ? `Every pair of these queries that takes ${plain(softmax.epsilon)} of its softmax attention is there. Nothing here is about other queries: softmax has no universal set.`
      : 'Measured alone: nothing here is about keys that no query was tried on.'
  const whom =
    m === undefined
      ? `makes up ${plain(epsilon)} of ${directionText(heads[0])} in any direction b`
      : `takes ${plain(epsilon)} of the |q·k|^${plain(p)} attention of any query, seen or unseen`
  const causal = isCausal ? ' Causal: of any query at or after the key.' : ''
  const ridge =
    heads.some((one) => one.kind === 'ridge') || kind === 'ridge'
      ? ' Of nearly dependent columns the bounds hold for every query but those that nearly vanish on all keys.'
      : ''
  const slacks =
    thresholdSlack > 0 || scoreSlack > 0
      ? ` Scores are known to a relative ${share(Math.max(thresholdSlack, scoreSlack))}.`
      : ''
  const setChance = largestChance(heads.map((one) => one.setChance))
  const pairChance = largestChance(heads.map((one) => one.pairChance))
  const isSure = setChance === undefined && (pairChance === undefined || pairChance === 'untold')
  const lead = isSure ? 'Deterministic' : 'Probabilistic'
  const but = setChance ? `, ${chanceText(setChance)}` : ''
  const ofPairs = pairsSentence(pairChance)
  return `${lead}, p = ${plain(p)}: no ${m === undefined ? 'row' : 'key'} outside U ${whom}${but}.${causal}${ridge}${ofPairs}${slacks}`
    .replaceAll('|^2', '|²')
    .replaceAll('|^3', '|³')
}

function pairsSentence(chance: HeadReport['pairChance']): string {
  if (chance === undefined) return ''
  if (chance === 'untold')
    return ' Of the pairs the file does not say how they were made: nothing is promised of them.'
  const listed =
    chance.by === 'draws'
      ? ' Scores are estimates, and every pair whose scoreHigh reaches epsilon is listed.'
      : ''
  return ` No heavy pair is missed, ${chanceText(chance)}.${listed}`
}
