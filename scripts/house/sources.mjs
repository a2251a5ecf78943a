// @ts-check
// The source files of the packages, and what each of them imports, exports and hands on.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** From the ground up. */
export const PACKAGES = ['native', 'core', 'worker', 'coordinator']

/**
 * @typedef {object} Import
 * @property {string} from the specifier
 * @property {readonly string[]} names as the other module exports them; `*` for all of it
 *
 * @typedef {object} Source
 * @property {string} path from the repository's root
 * @property {string} text without comments
 * @property {readonly Import[]} imports type imports too
 * @property {readonly (Import & { readonly as: readonly string[] })[]} handedOn `export … from`
 * @property {boolean} isBarrel true where it does nothing but hand on
 */

/** @returns {Map<string, Source>} by path */
export function readSources() {
  /** @type {Map<string, Source>} */
  const sources = new Map()
  for (const name of PACKAGES) {
    const folder = join(ROOT, 'packages', name, 'src')
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.[cm]?tsx?$/.test(entry) || /\.d\.[cm]?ts$/.test(entry)) continue
      const path = relative(ROOT, join(folder, entry))
      sources.set(path, parse(path, readFileSync(join(ROOT, path), 'utf8')))
    }
  }
  return sources
}

/**
 * Comments and nothing else taken out: strings are stepped over.
 * @param {string} text
 */
export function withoutComments(text) {
  return text.replace(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?![/*\s])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, kept) => kept ?? '',
  )
}

/**
 * @param {string} path
 * @param {string} original
 * @returns {Source}
 */
function parse(path, original) {
  const text = withoutComments(original)
  const imports = [...text.matchAll(/^import\s+(?:type\s+)?(?:([^'"]+?)\s+from\s+)?'([^']+)'/gm)].map(
    ([, what, from]) => ({
      from,
      // An import for its effects alone needs all of the other.
      names: what === undefined ? ['*'] : namesOf(what),
    }),
  )
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, from]) => ({ from, names: ['*'] }))
  const handedOn = [
    ...text.matchAll(/^export\s+(?:type\s+)?(\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\s+'([^']+)'/gm),
  ].map(([, what, from]) => ({ from, names: namesOf(what), as: namesOf(what, true) }))
  const rest = text
    .replaceAll(/^import\s[^'"]*'[^']+'\s*;?/gm, '')
    .replaceAll(/^export\s+(?:type\s+)?(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\s+'[^']+'\s*;?/gm, '')
    .trim()
  return {
    path,
    text,
    imports: [...imports, ...dynamic],
    handedOn,
    isBarrel: rest === '' && handedOn.length > 0,
  }
}

/**
 * `a, type b as c` of a clause in braces, by the exporter's names, or as they are called `here`.
 * @param {string} clause
 * @param {boolean} here
 */
function namesOf(clause, here = false) {
  if (clause.includes('*')) return ['*']
  const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  const named = braces
    .split(',')
    .map((part) => part.trim().replace(/^type\s+/, ''))
    .filter((part) => part !== '')
    .map((part) => part.split(/\s+as\s+/).at(here ? -1 : 0) ?? part)
  const whole = clause.replace(/\{[^}]*\}/, '').replaceAll(/[\s,]/g, '')
  return whole === '' ? named : ['default', ...named]
}
