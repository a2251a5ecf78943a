import { join } from 'node:path'
import { type Heads, type MatrixSource } from '@levattention/core/internal'
import { requireDistinct } from '../files/check-outputs.ts'
import { checkOutputFolder, OutputFolder } from '../files/output-folder.ts'
import { withOutputs } from '../files/output-transaction.ts'
import { finiteHeads } from '../inputs/finite-heads.ts'
import type { InputOptions, Inputs } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { headAxesOf } from '../job/head-axes.ts'
import { headFile, type HeadExtension, HEADS_CSV, isHeadFile, writeHeadsCsv } from '../job/head-facts.ts'
import { wantedHeads } from '../job/head-pairs.ts'
import type { JobFacts, JobSummary, KeyHead, KeyHeadsSummary } from '../job/job-summary.ts'
import type { Job } from '../job/job.ts'
import { type SkippedHead, skippedFacts, skippedText } from '../job/skipped-heads.ts'
import { scoringSeconds } from '../problem/attention-problem.ts'
import { eachHead } from '../tasks/each-head.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { keysSeenOf, type SeenKeyFiles, withSeen } from '../problem/seen-rows.ts'

/** Which heads of the keys are taken. */
export interface KeyHeadsOptions extends InputOptions, SeenKeyFiles {
  /** The array of heads, or files of which each is one. */
  readonly keys: readonly string[]
  /** all, or indices counted from 0. */
  readonly heads: 'all' | readonly number[]
}

/** Where the file of a head is written for now, and how messages call it. */
export interface HeadOutput {
  readonly path: string
  readonly shownAs: string
  /** [n]: 0 of a row of the head with a missing value; undefined where none is dropped. */
  readonly droppedRows: Uint8Array | undefined
}

/** The facts that heads of one array share: a summary says them once. */
const SHARED = ['attention', 'n', 'd', 'p', 'causal', 'method', 'guarantee'] as const
type Own<Facts> = Omit<Facts, (typeof SHARED)[number]>

/** What `work` finds of each head of the keys by itself, each [n, d]. Throws as `Inputs.openHeads`, Option (no such head). */
export async function overHeads<Facts extends object>(
  command: string,
  options: KeyHeadsOptions,
  job: Job,
  work: (keys: MatrixSource, context: RunContext) => Promise<Facts>,
): Promise<KeyHeadsSummary<Own<Facts>>> {
  const facts = await withInputs(withSeen(options), job, async (inputs) => {
    const wanted = await openKeys(inputs, options, job)
    const context = await contextOf(wanted, job)
    const found = await eachKeyHead(wanted, inputs, context, ({ keys }, ofHead) => work(keys, ofHead))
    inputs.requireUnchanged()
    return { ...summaryOf(found, inputs), ...skippedFacts(wanted.skipped) }
  })
  return { command, ...facts, outputs: [], ...job.measured() }
}

/** As `overHeads`, where `work` leaves a file of each head: all of them and heads.csv appear in the folder `out`, or none. */
export async function intoHeads<Facts extends object>(
  command: string,
  options: KeyHeadsOptions & { readonly out: string; readonly force?: boolean | undefined },
  extension: HeadExtension,
  job: Job,
  work: (keys: MatrixSource, output: HeadOutput, context: RunContext) => Promise<Facts>,
): Promise<KeyHeadsSummary<Own<Facts>>> {
  const { out, force = false } = options
  const facts = await withInputs(withSeen(options), job, async (inputs) => {
    const wanted = await openKeys(inputs, options, job)
    checkOutputFolder(out, force)
    const names = [...wanted.indices.map((head) => headFile(head, extension)), HEADS_CSV]
    requireDistinct(
      names.map((name) => ({ path: join(out, name), option: 'out' })),
      inputs.paths,
    )
    const context = await contextOf(wanted, job)
    return await withOutputs(async (staged) => {
      const folder = new OutputFolder(out, force, isHeadFile)
      staged.add(folder)
      const found = await eachKeyHead(wanted, inputs, context, async ({ keys, head }, ofHead) => {
        const file = headFile(head, extension)
        const output = {
          path: folder.place(file),
          shownAs: join(out, file),
          droppedRows: inputs.wholeRows('keys', head),
        }
        return { file, ...(await work(keys, output, ofHead)) }
      })
      await writeHeadsCsv(folder, found.heads, wanted.skipped.map(lineOf(wanted.keys)))
      inputs.requireUnchanged()
      await staged.finish()
      return { ...summaryOf(found, inputs), ...skippedFacts(wanted.skipped) }
    })
  })
  return { command, ...facts, outputs: [out], ...job.measured() }
}

interface WantedHeads {
  readonly keys: Heads
  readonly indices: readonly number[]
  /** Left out of them. */
  readonly skipped: readonly SkippedHead[]
}

async function openKeys(
  inputs: Inputs,
  { keys: given, heads, skipBadHeads }: KeyHeadsOptions,
  job: Job,
): Promise<WantedHeads> {
  const keys = await inputs.openHeads(given, 'keys')
  inputs.requireOptionsUsed()
  const wanted = wantedHeads(keys, heads)
  inputs.readHeads('keys', keys, wanted)
  await inputs.dropOfHeads('keys', keys, wanted)
  const partsOf = (headIndex: number) => [{ input: 'keys' as const, heads: keys, headIndex }]
  const of = { partsOf, indexOf: (head: number) => head, skipBadHeads }
  const { good: indices, skipped } = await finiteHeads(wanted, of, job)
  return { keys, indices, skipped }
}

/** Of heads.csv. */
function lineOf(keys: Heads): (skipped: SkippedHead) => object {
  return (one) => ({ head: one.head, ...headAxesOf(keys, one.head), skipped: skippedText(one) })
}

async function contextOf({ keys, indices }: WantedHeads, job: Job): Promise<RunContext> {
  return await job.context(indices.length * scoringSeconds(keys))
}

interface FoundHeads<Facts> {
  readonly shared: Partial<JobSummary>
  readonly heads: readonly (KeyHead & Own<Facts>)[]
}

async function eachKeyHead<Facts extends object>(
  { keys: all, indices }: WantedHeads,
  { dropsOfHeads }: Pick<Inputs, 'dropsOfHeads'>,
  context: RunContext,
  work: (one: { keys: MatrixSource; head: number }, context: RunContext) => Promise<Facts>,
): Promise<FoundHeads<Facts>> {
  let shared: Partial<JobSummary> = { n: all.rows, d: all.cols }
  const heads = await eachHead(indices, context, async (head, ofHead) => {
    const keys = all.open(head)
    const facts = { ...(await work({ keys, head }, ofHead)), ...(dropsOfHeads ? keysSeenOf(keys) : {}) }
    // A thousand heads are not to hold a thousand open files.
    keys.close()
    const isShared = ([name]: readonly [string, unknown]) => (SHARED as readonly string[]).includes(name)
    const entries = Object.entries(facts)
    shared = { ...shared, ...Object.fromEntries(entries.filter(isShared)) }
    const own = Object.fromEntries(entries.filter((entry) => !isShared(entry))) as Own<Facts>
    return { head, ...headAxesOf(all, head), ...own }
  })
  return { shared, heads }
}

/** What differs between heads is largest where that bounds all of them, else it stands in `heads` alone. */
function summaryOf<Facts>(
  { shared, heads }: FoundHeads<Facts>,
  inputs: Inputs,
): Omit<JobFacts, 'heads'> & Pick<KeyHeadsSummary<Own<Facts>>, 'heads'> {
  const most = (name: string): object => {
    const values = heads.flatMap((head) => {
      const value = (head as Readonly<Record<string, unknown>>)[name]
      return typeof value === 'number' ? [value] : []
    })
    return values.length === 0 ? {} : { [name]: values.reduce((max, value) => Math.max(max, value)) }
  }
  const largest = ['epsilon', 'maxBound', 'condition', 'thresholdSlack'].map(most)
  return { ...shared, ...(Object.assign({}, ...largest) as object), heads, ...inputs.facts }
}
