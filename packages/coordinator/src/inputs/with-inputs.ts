import { causeText, LevError, requireWritable } from '@levattention/core/internal'
import type { Job } from '../job/job.ts'
import type { InputOptions } from './input-options.ts'
import { withLayoutAdvice } from './input-messages.ts'
import { nameNonFinite } from './name-non-finite.ts'
import { Inputs } from './open-inputs.ts'
import { withPipeName } from './piped-bytes.ts'

/**
 * Runs `work` with inputs that are closed however it ends. A NaN or infinity that it met is told with the number of those
 * in the whole input.
 */
export async function withInputs<T>(
  options: InputOptions,
  job: Pick<Job, 'stats' | 'signal' | 'progress' | 'aside'>,
  work: (inputs: Inputs) => Promise<T>,
): Promise<T> {
  if (options.tmp !== undefined) requireFolder(options.tmp)
  const inputs = new Inputs({ ...options, signal: options.signal ?? job.signal }, job.stats, (seconds) =>
    job.aside(seconds),
  )
  try {
    return await work(inputs)
  } catch (met) {
    const error = inputs.isSpooled ? withPipeName(met) : met
    if (options.isStep) throw error
    const told = withLayoutAdvice(error, job.stats)
    if (told !== error) throw told
    const watch = { signal: job.signal, onProgress: job.progress.bind(job) }
    const named = await nameNonFinite(error, (input) => inputs.named(input), watch)
    throw inputs.isSpooled ? withPipeName(named) : named
  } finally {
    inputs.close()
  }
}

/** Throws CannotWrite where --tmp is no folder that can be written, before any work. */
function requireFolder(folder: string): void {
  try {
    requireWritable(folder)
  } catch (cause) {
    const message = `--tmp ${folder}: ${causeText(cause)}; it takes a folder that can be written`
    throw new LevError('CannotWrite', message, { file: folder, option: 'tmp' }, { cause })
  }
}
