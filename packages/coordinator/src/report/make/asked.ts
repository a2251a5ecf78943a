import { kindAt, LevError, openFileSource, TEXT_PAIRS } from '@levattention/core/internal'
import { mayBeResult, openResult } from '../results/open-result.ts'
import type { ReportOptions } from './report-options.ts'

/** Whether what was named without an option are results, or one matrix. Throws Option where they stand beside inputs. */
export function areResults(options: ReportOptions): boolean {
  const { results, keys, queries } = options
  if (results.length === 0) return false
  const isResult = (path: string) =>
    kindAt(path) === 'folder' ||
    (mayBeResult(path) && !path.includes('#') && openResult(path, options) !== undefined)
  const found = results.every(isResult)
  if (found) requireUnmasked(options)
  if (found && keys.length + queries.length > 0) {
    const message = `${results[0]} is a result, and --${keys.length > 0 ? 'keys' : 'queries'} names an input: a report is of one or the other; leave one out`
    throw new LevError('Option', message, { option: keys.length > 0 ? 'keys' : 'queries' })
  }
  return found
}

/** Throws Option where rows of inputs are told: a result has its own. */
function requireUnmasked(options: ReportOptions): void {
  const { results, keyRows, queryRows, keyMaskFile, queryMaskFile } = options
  const given = {
    'key-rows': keyRows,
    'query-rows': queryRows,
    'key-mask': keyMaskFile,
    'query-mask': queryMaskFile,
    id: options.id,
    'drop-missing': options.dropMissing === true ? true : undefined,
    ...designOf(options),
  }
  const option = Object.entries(given).find(([, value]) => value !== undefined)?.[0]
  if (option === undefined) return
  const message = `${results[0]} is a result, made of the rows that it was made of: leave --${option} out, or name inputs`
  throw new LevError('Option', message, { option })
}

/** What makes a design matrix, by the options' names; undefined: not given. */
function designOf({ intercept, weights, weightColumn }: ReportOptions): Readonly<Record<string, unknown>> {
  return { intercept: intercept === true ? true : undefined, weights, 'weight-column': weightColumn }
}

/** Throws Option where an option is about results, or about the rows of one table, and the inputs are none. */
export function requireOfInputs(options: ReportOptions): void {
  const { attention, queries, heads } = options
  if (attention !== undefined) {
    const message =
      'a report of inputs tells both attentions: --attention is for pairs that another program saved again; leave it out'
    throw new LevError('Option', message, { option: 'attention' })
  }
  const option = Object.entries(designOf(options)).find(([, value]) => value !== undefined)?.[0]
  if (option === undefined || (queries.length === 0 && heads === undefined)) return
  const other = heads === undefined ? 'queries' : 'heads'
  const message = `--${option} is about the rows of one table; leave it out, or --${other}`
  throw new LevError('Option', message, { option })
}

/** A matrix that stands alone is the keys. Throws Option where inputs contradict one another, Content (pairs as text). */
export function inputsOf(options: ReportOptions): ReportOptions {
  const { results, keys } = options
  if (results.length > 0 && keys.length > 0)
    throw new LevError(
      'Option',
      `the keys are given twice: --keys ${keys[0]} and ${results[0]}; leave one out`,
      { option: 'keys' },
    )
  if (results.length > 1) {
    const message = `${results.join(', ')} are not all results of other commands; name inputs by \`--queries Q.npy --keys K.npy\``
    throw new LevError('Option', message, { option: 'results' })
  }
  results.forEach(requireNoText)
  const given = [...keys, ...results]
  if (given.includes('-')) {
    const message =
      'a report reads its keys more than once: build a set from the pipe by `levattention build - --out u.lev`, and report u.lev'
    throw new LevError('Option', message, { option: 'keys' })
  }
  return { ...options, keys: given }
}

/** What `scores` writes as text begins so. */
const TEXT_SCORES = /^row,(?:id,)?score\r?\n/

/** Throws Content where pairs are text, which does not tell of how many queries and keys they are, or scores, which are no rows. */
function requireNoText(path: string): void {
  if (!/\.(?:csv|ndjson)$/.test(path) || kindAt(path) !== 'file') return
  const source = openFileSource(path)
  const start = new Uint8Array(Math.min(32, source.byteLength))
  source.read(0, start)
  source.close()
  const text = new TextDecoder().decode(start)
  if (TEXT_SCORES.test(text)) {
    const found = `${path} holds the scores that the command scores wrote of the rows of another file, a number a row`
    throw new LevError(
      'Content',
      `${found}; a report takes the file of the rows themselves, which it scores`,
      {
        file: path,
      },
    )
  }
  if (!TEXT_PAIRS.test(text)) return
  const message = `${path} holds heavy pairs as text, which does not say of how many queries and keys, at which epsilon or by which attention; write them as \`--out heavy.npz\`, which a report takes`
  throw new LevError('Content', message, { file: path })
}
