// @ts-check
/** The program in a package's README and what the page says that it prints. */
import { readFileSync } from 'node:fs'
import { ROOT } from './command.mjs'

/**
 * Throws where the README has not one program and one output.
 * @param {string} name of the package
 */
export function readmeProgram(name) {
  const page = readFileSync(`${ROOT}/packages/${name}/README.md`, 'utf8')
  const [program, ...programs] = fenced(page, 'js')
  const [printed, ...others] = fenced(page, 'text')
  if (program === undefined || printed === undefined || programs.length + others.length > 0)
    throw new Error(`packages/${name}/README.md: one block of js and one of text`)
  return { program, printed }
}

/**
 * @param {string} page
 * @param {string} language
 */
const fenced = (page, language) =>
  Array.from(page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm')), ([, text]) => text)
