import { type ErrorTag, isLevError, LevError, readWholeFile } from '@levattention/core/internal'

/** A list is read whole, so it has to be small: names of any length that occurs, for more files than one matrix has. */
const MOST_BYTES = 2 ** 24
/** Files that a list, or all that was named for one option, may name. */
export const MOST_NAMES = 100_000
/** Linux takes no longer path; the rest is for '#name[0,3]'. */
const MOST_NAME_CHARS = 8192
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** A name in a list, and its line, counted from 1. */
interface ListedName {
  readonly name: string
  readonly line: number
}

/**
 * The names in the list `path`, one a line, in UTF-8; empty lines and those that begin with '# ' are passed over. `asTyped`
 * is how messages call it, `option` the option's name without dashes. Throws NotFound (absent, a pipe, a device, unreadable),
 * Content (no text, too large, a list in a list), Option (no name).
 */
export function readList(path: string, asTyped: string, option: string | undefined): ListedName[] {
  const place = option === undefined ? { file: path } : { file: path, option }
  const refuse = (tag: ErrorTag, found: string, cause?: unknown): never => {
    throw new LevError(tag, `${asTyped}: ${found}`, place, { cause })
  }
  const names: ListedName[] = []
  let nameCount = 0
  for (const listed of linesOf(textOf(path, refuse))) {
    const name = listed.name.trim()
    if (name === '' || name === '#' || name.startsWith('# ')) continue
    const at = `line ${listed.line} of ${path}`
    if (name.length > MOST_NAME_CHARS)
      refuse(
        'Content',
        `${at} has ${name.length} characters, and no file's name has: a list has one name a line`,
      )
    if (name.startsWith('@'))
      refuse('Content', `${at} is ${name}: a list names no other list; a file of that name is './${name}'`)
    if (++nameCount <= MOST_NAMES) names.push({ name, line: listed.line })
  }
  if (nameCount > MOST_NAMES)
    refuse('Content', `the list ${path} names ${nameCount} files; it may name ${MOST_NAMES}`)
  if (nameCount === 0) refuse('Option', `the list ${path} names no file`)
  return names
}

/** The lines of `text` that are not empty, one after the other: split at once, a file of line ends alone fills memory. */
function* linesOf(text: string): Generator<ListedName> {
  let line = 1
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at)
    const isEnd = code === LINE_FEED || code === CARRIAGE_RETURN
    if (!isEnd && at < text.length) continue
    if (at > start) yield { name: text.slice(start, at), line }
    if (code === CARRIAGE_RETURN && text.charCodeAt(at + 1) === LINE_FEED) at++
    start = at + 1
    line++
  }
}

function textOf(path: string, refuse: (tag: ErrorTag, found: string, cause?: unknown) => never): string {
  const bytes = bytesOf(path, refuse)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // No UTF-8: refused below.
  }
  return refuse(
    'Content',
    `${path} is no text in UTF-8: a list has one name a line. Without @ the file itself is read`,
  )
}

function bytesOf(path: string, refuse: (tag: ErrorTag, found: string, cause?: unknown) => never): Uint8Array {
  try {
    return readWholeFile(path, MOST_BYTES)
  } catch (error) {
    if (!isLevError(error)) throw error
    const named = error.tag === 'NotFound' ? `; a file whose name begins with @ is './@…'` : ''
    return refuse(error.tag, `the list ${error.message}${named}`, error)
  }
}
