import {
  addressOf,
  badHeadsText,
  type ErrorPlace,
  type Heads,
  type InputName,
  LevError,
  nonFiniteError,
  optionText,
  type SeenRows,
  seenMatrix,
} from '@levattention/core/internal'
import type { Job } from '../job/job.ts'
import type { SkippedHead } from '../job/skipped-heads.ts'
import { countIn } from './name-non-finite.ts'

/** A matrix that a job reads for a head; its rows that are not `seen` may hold anything. */
export interface HeadPart {
  readonly input: InputName
  readonly heads: Heads
  readonly headIndex: number
  readonly seen?: SeenRows | undefined
}

/** Of the heads that were wanted those to be run, and those left out. */
export interface FiniteHeads<Head> {
  readonly good: readonly Head[]
  readonly skipped: readonly SkippedHead[]
}

/** What tells, and is told, of the look. */
export type HeadWatch = Pick<Job, 'signal' | 'stats' | 'progress'>

interface Options<Head> {
  /** Keys before queries: what is bad in both is told of the keys. */
  readonly partsOf: (head: Head) => readonly HeadPart[]
  readonly indexOf: (head: Head) => number
  readonly skipBadHeads?: boolean | undefined
}

/** The place of a first value that is none, and of which part. */
type BadPart = HeadPart & { readonly place: ErrorPlace; readonly address: string }

/**
 * Looks at all that is read for the `wanted` heads before anything is done with it. A head with a NaN or infinity throws Content, which
 * names all such heads; with `skipBadHeads` it is left out, and a warning names them. Throws Content where none is left, Aborted.
 */
export async function finiteHeads<Head>(
  wanted: readonly Head[],
  { partsOf, indexOf, skipBadHeads = false }: Options<Head>,
  job: HeadWatch,
): Promise<FiniteHeads<Head>> {
  const parts = new Map<string, HeadPart>()
  for (const head of wanted) for (const part of partsOf(head)) parts.set(nameOf(part), part)
  const bad = await badParts(parts, job)
  if (bad.size === 0) return { good: wanted, skipped: [] }
  const firstOf = (head: Head) => partsOf(head).flatMap((part) => bad.get(nameOf(part)) ?? [])[0]
  const good = wanted.filter((head) => firstOf(head) === undefined)
  if (!skipBadHeads || good.length === 0) throw refusal([...bad.values()], [...parts.values()], good.length)
  const skipped = wanted.flatMap((head) => {
    const first = firstOf(head)
    return first === undefined ? [] : [skippedHead(indexOf(head), first)]
  })
  const text = [...bad.values()].map((part) => `${part.address} (${part.input}) ${placeText(part)}`)
  job.stats.warn(
    'skipped-heads',
    `left out, for values that are no finite numbers: ${badHeadsText(text, wanted.length)}`,
  )
  return { good, skipped }
}

/** One matrix may serve several heads, and be keys and queries at once. */
function nameOf({ heads, headIndex, input }: HeadPart): string {
  return `${heads.address} ${heads.layout} ${headIndex} ${input}`
}

async function badParts(
  parts: ReadonlyMap<string, HeadPart>,
  job: Pick<Job, 'signal' | 'progress'>,
): Promise<Map<string, BadPart>> {
  const bad = new Map<string, BadPart>()
  const total = [...parts.values()].reduce((sum, { heads }) => sum + heads.rows, 0)
  let done = 0
  for (const [name, part] of parts) {
    const source = part.heads.open(part.headIndex)
    const tell = (rows: number) => job.progress({ stage: 'look', done: done + rows, total })
    const found = await countIn(seenMatrix(source, part.seen ?? {}), job.signal, tell)
    source.close()
    done += source.rows
    if (!found.first) continue
    const { row, ...value } = found.first
    const place = { ...source.locate(row), input: part.input, ...value, ...found.facts() }
    bad.set(name, { ...part, place, address: addressOf(place) ?? part.heads.address })
  }
  return bad
}

const INPUTS = ['keys', 'queries', 'values'] as const

/** Names the first bad head, and the others of its input by theirs. */
function refusal(bad: readonly BadPart[], all: readonly HeadPart[], goodCount: number): LevError {
  const ofInput = INPUTS.map((input) => bad.filter((part) => part.input === input))
  const [first, ...others] = ofInput.filter((parts) => parts.length > 0)
  const countOf = ([{ input }]: readonly BadPart[]) => all.filter((part) => part.input === input).length
  const callOf = (part: BadPart) =>
    part.heads.areFiles === true ? part.address : `[${headOf(part).join(',')}]`
  const told = (parts: readonly BadPart[], from: number) =>
    parts.map((part, at) => (at < from ? callOf(part) : `${callOf(part)} (${placeText(part)})`))
  const place: ErrorPlace = { ...first[0].place, heads: first.map(headOf) }
  const { message } = nonFiniteError(place, {
    rows: first[0].heads.rows,
    heads: countOf(first),
    badHeads: told(first, 1),
  })
  const more = others.map(
    (parts) => `. Of the ${parts[0].input} ${badHeadsText(told(parts, 0), countOf(parts))}`,
  )
  const advice = goodCount === 0 ? '' : `; ${optionText('skipBadHeads', true)} leaves such heads out`
  return new LevError('Content', `${message}${more.join('')}${advice}`, place)
}

function headOf({ place, heads, headIndex }: BadPart): NonNullable<ErrorPlace['head']> {
  return place.head ?? heads.leadingIndex(headIndex)
}

function placeText({ place: { row, column, value } }: BadPart): string {
  return `row ${row}, column ${column}: ${value}`
}

function skippedHead(head: number, { place, input, address }: BadPart): SkippedHead {
  const { row = 0, column = 0, value = '', count = 0 } = place
  return { head, input, address, row, column, value, count }
}
