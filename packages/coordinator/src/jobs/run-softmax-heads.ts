import type { Heads, MatrixSource } from '@levattention/core/internal'
import type { OutputFolder } from '../files/output-folder.ts'
import { finitePairs } from '../inputs/finite-pairs.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import { maskOfHead, masksOfBatch, openMasks, type RowMasks } from '../inputs/open-masks.ts'
import { type HeadPair, headPairs } from '../job/head-pairs.ts'
import type { Job } from '../job/job.ts'
import { skippedFacts, skippedText } from '../job/skipped-heads.ts'
import {
  type SoftmaxHeadFacts,
  type SoftmaxHeadsSummary,
  summaryOfSoftmaxHead,
  summaryOfSoftmaxHeads,
} from '../job/softmax-head-facts.ts'
import { droppedFacts, hiddenFacts, seenCounts } from '../problem/seen-rows.ts'
import { type SoftmaxProblem, softmaxProblem } from '../problem/softmax-problem.ts'
import { requireRunOptions } from '../solve/run-options.ts'
import { softmaxAnswers } from '../solve/softmax-answers.ts'
import { solve } from '../solve/solve.ts'
import { eachHead } from '../tasks/each-head.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { intoHeadsFolder, pairsOfHead, requireHeadsFolder } from './heads-output.ts'
import type { RunHeadsOptions } from './run-heads.ts'

/** What is asked of all heads. */
interface HeadsProblem {
  readonly problem: SoftmaxProblem<Heads, Heads>
  readonly masks: RowMasks
  readonly inputs: Inputs
}

/** The exact softmax pairs of each head of 3-D to 5-D inputs by itself. Throws as `run`. */
export async function runSoftmaxHeads(options: RunHeadsOptions, job: Job): Promise<SoftmaxHeadsSummary> {
  const { out, force = false } = options
  requireRunOptions(options)
  const facts = await withInputs(options, job, async (inputs) => {
    const keys = await inputs.openHeads(options.keys, 'keys')
    const queries = await inputs.openHeads(options.queries, 'queries')
    inputs.requireOptionsUsed()
    const masks = await openMasks(inputs, options, { keys, queries })
    const problem = softmaxProblem(options, keys, queries)
    const wanted = headPairs(queries, keys, options.heads)
    await inputs.readHeadPairs(keys, queries, wanted)
    const { keyRows, queryRows } = problem.visibility
    const seen = {
      keys: (head: number) => ({ seen: batchMasks(masks, keys, head).keyMask, within: keyRows }),
      queries: (head: number) => ({ seen: batchMasks(masks, queries, head).queryMask, within: queryRows }),
    }
    const { good: pairs, skipped } = await finitePairs({ keys, queries }, wanted, options, job, seen)
    requireHeadsFolder(
      out,
      pairs.map(({ head }) => head),
      force,
      inputs,
    )
    const context = await job.context(pairs.length * problem.work())
    const work = async (folder?: OutputFolder) =>
      eachHead(pairs, context, (pair, ofHead) =>
        runHead({ problem, masks, inputs }, pair, folder, options, ofHead),
      )
    const lines = skipped.map((one) => ({
      index: one.head,
      ...queries.placeOf(one.head),
      keyHead: wanted.find(({ head }) => head === one.head)?.keyHead,
      skipped: skippedText(one),
    }))
    const found = await intoHeadsFolder(out, force, inputs, work, lines)
    const hidden = {
      ...(inputs.dropsOfHeads
        ? {}
        : seenCounts(
            { rows: keys.rows, within: keyRows, mask: masks.keyMask },
            { rows: queries.rows, within: queryRows, mask: masks.queryMask },
          )),
      ...hiddenFacts(masks),
      ...droppedFacts(inputs.facts),
    }
    const told = { ...summaryOfSoftmaxHeads(found, problem), ...hidden, ...skippedFacts(skipped) }
    return { ...told, heads: found, inputs: inputs.parts }
  })
  return { command: 'run', ...facts, outputs: out === undefined ? [] : [out], ...job.measured() }
}

/** What the masks say of the batch in which a head stands. */
function batchMasks(masks: RowMasks, heads: Heads, head: number): ReturnType<typeof masksOfBatch> {
  return masksOfBatch(masks, heads.placeOf(head).batch)
}

async function runHead(
  { problem, masks, inputs }: HeadsProblem,
  pair: HeadPair,
  folder: OutputFolder | undefined,
  options: RunHeadsOptions,
  context: RunContext,
): Promise<SoftmaxHeadFacts> {
  const { keys, queries } = problem
  const [keyMatrix, queryMatrix] = [keys.open(pair.keyHead), queries.open(pair.head)]
  try {
    const one = problem.between<MatrixSource, MatrixSource>(keyMatrix, queryMatrix, {
      keyMask: maskOfHead(batchMasks(masks, keys, pair.keyHead).keyMask, inputs, 'keys', pair.keyHead),
      queryMask: maskOfHead(batchMasks(masks, queries, pair.head).queryMask, inputs, 'queries', pair.head),
    })
    const { file, pairs } = pairsOfHead(pair.head, folder, options.tmp)
    const answers = softmaxAnswers(one, options, context)
    const header = { head: pair.head, keyHead: pair.keyHead }
    const counts = await solve(answers, { pairs, header }, context.stats)
    return summaryOfSoftmaxHead(pair, queries, file, answers.facts(), counts)
  } finally {
    // A thousand heads are not to hold a thousand open files.
    keyMatrix.close()
    queryMatrix.close()
  }
}
