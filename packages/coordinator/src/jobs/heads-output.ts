import { join } from 'node:path'
import { requireDistinct } from '../files/check-outputs.ts'
import { checkOutputFolder, OutputFolder } from '../files/output-folder.ts'
import { withOutputs } from '../files/output-transaction.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { headFile, HEADS_CSV, isHeadFile, writeHeadsCsv } from '../job/head-facts.ts'

/** Throws CannotWrite or Option where the folder `out` cannot take one .npz a head and heads.csv. */
export function requireHeadsFolder(
  out: string,
  heads: readonly number[],
  force: boolean,
  inputs: Inputs,
): void {
  checkOutputFolder(out, force)
  const names = [...heads.map((head) => headFile(head)), HEADS_CSV]
  requireDistinct(
    names.map((name) => ({ path: join(out, name), option: 'out' })),
    inputs.paths,
  )
}

/** The folder `out` with what `work` puts into it, a file a head, and heads.csv of what it returns: all of it, or nothing. */
export async function intoHeadsFolder<Found extends object>(
  out: string,
  force: boolean,
  inputs: Inputs,
  work: (folder: OutputFolder) => Promise<Found[]>,
): Promise<Found[]> {
  return await withOutputs(async (staged) => {
    const folder = new OutputFolder(out, force, isHeadFile)
    staged.add(folder)
    const found = await work(folder)
    await writeHeadsCsv(folder, found)
    inputs.requireUnchanged()
    await staged.finish()
    return found
  })
}
