import { LevError } from '../errors/errors.ts'

/** What `open` makes of `file`: an error of ours (Internal) on numbers that were read is one of the file, so Content. */
export function whileOpened<T>(file: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    if (!(error instanceof LevError) || error.tag !== 'Internal') throw error
    const message = `${file}: its numbers cannot all be true, as no factor of its sums exists; the file is not usable, build it again`
    throw new LevError('Content', message, { file }, { cause: error })
  }
}
