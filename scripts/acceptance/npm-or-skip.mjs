// @ts-check
import { npm, Unreachable } from '../npm-install.mjs'
import { Skip } from './check.mjs'

/**
 * `npm ARGS` in `folder`; what it prints. Throws Skip where no registry answers.
 * @param {string} folder
 * @param {...string} args
 */
export async function npmOrSkip(folder, ...args) {
  try {
    return await npm(folder, ...args)
  } catch (error) {
    if (error instanceof Unreachable) throw new Skip(error.message)
    throw error
  }
}
