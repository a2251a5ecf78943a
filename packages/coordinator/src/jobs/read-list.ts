import { type ErrorTag, isLevError, LevError, readWholeFile } from '@levattention/core/internal'

/** A list is read whole, so it has to be small: names of any length that occurs, for more files than one matrix has. */
const MOST_BYTES = 2 ** 24
const MOST_NAMES = 100_000
/** Linux takes no longer path; the rest is for '#name[0,3]'. */
const MOST_NAME_CHARS = 8192

/**
 * The names in the list `path`, one a line, in UTF-8; empty lines and those that begin with '# ' are passed over. `asTyped`
 * is how messages call it, `option` the option's name without dashes. Throws NotFound (absent, a pipe, a device, unreadable),
 * Content (no text, too large, a list in a list), Option (no name).
 */
export function readList(path: string, asTyped: string, option: string | undefined): string[] {
  const place = option === undefined ? { file: path } : { file: path, option }
  const refuse = (tag: ErrorTag, found: string, cause?: unknown): never => {
    throw new LevError(tag, `${asTyped}: ${found}`, place, { cause })
  }
  const names: string[] = []
  textOf(path, refuse)
    .split(/\r\n|\n|\r/)
    .forEach((line, index) => {
      const name = line.trim()
      if (name === '' || name === '#' || name.startsWith('# ')) return
      const at = `line ${index + 1} of ${path}`
      if (name.length > MOST_NAME_CHARS)
        refuse(
          'Content',
          `${at} has ${name.length} characters, and no file's name has: a list has one name a line`,
        )
      if (name.startsWith('@'))
        refuse('Content', `${at} is ${name}: a list names no other list; a file of that name is './${name}'`)
      names.push(name)
    })
  if (names.length > MOST_NAMES)
    refuse('Content', `the list ${path} names ${names.length} files; it may name ${MOST_NAMES}`)
  if (names.length === 0) refuse('Option', `the list ${path} names no file`)
  return names
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
