import { dirname, join } from 'node:path'
import { requireDistinct } from '../files/check-outputs.ts'
import { checkOutputFolder, OutputFolder } from '../files/output-folder.ts'
import { withOutputs } from '../files/output-transaction.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import type { PairsOptions } from '../outputs/pairs-output.ts'
import { headFile, HEADS_CSV, isHeadFile, writeHeadsCsv } from '../job/head-facts.ts'

/** Throws CannotWrite or Option where the folder `out`, if there is one, cannot take one .npz a head and heads.csv. */
export function requireHeadsFolder(
  out: string | undefined,
  heads: readonly number[],
  force: boolean,
  inputs: Inputs,
): void {
  if (out === undefined) return
  checkOutputFolder(out, force)
  const names = [...heads.map((head) => headFile(head)), HEADS_CSV]
  requireDistinct(
    names.map((name) => ({ path: join(out, name), option: 'out' })),
    inputs.paths,
  )
}

/** The file of a head, and where its pairs go: into the folder, or where there is none they are counted alone. */
export function pairsOfHead(
  head: number,
  folder: OutputFolder | undefined,
  tmp: string | undefined,
): { readonly file?: string; readonly pairs: PairsOptions } {
  if (folder === undefined) return { pairs: {} }
  const file = headFile(head)
  const place = { out: folder.place(file), shownAs: join(folder.path, file) }
  return { file, pairs: { ...place, force: false, tmp: tmp ?? dirname(folder.path) } }
}

/**
 * The folder `out` with what `work` puts into it, a file a head, and heads.csv of what it returns and of heads that were `skipped`: all
 * of it, or nothing. Without `out` there is no folder, and what `work` returns is all.
 */
export async function intoHeadsFolder<Found extends object>(
  out: string | undefined,
  force: boolean,
  inputs: Inputs,
  work: (folder?: OutputFolder) => Promise<Found[]>,
  skipped: readonly object[] = [],
): Promise<Found[]> {
  if (out === undefined) {
    const found = await work()
    inputs.requireUnchanged()
    return found
  }
  return await withOutputs(async (staged) => {
    const folder = new OutputFolder(out, force, isHeadFile)
    staged.add(folder)
    const found = await work(folder)
    await writeHeadsCsv(folder, found, skipped)
    inputs.requireUnchanged()
    await staged.finish()
    return found
  })
}
