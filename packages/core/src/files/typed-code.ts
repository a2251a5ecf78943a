import { dirname, extname, join, basename } from 'node:path'
import { isThere } from './kind-at.ts'

/** The name of what came through a pipe: nothing can be typed that reads it again. */
export const PIPE = '-'

/**
 * What a person is to type stands between backticks in a message. False for a `name` that cannot be shown so that it can
 * be typed: with a backtick, or a character that is no visible one, in it; and for what came through a pipe.
 */
export function isTypable(name: string): boolean {
  return name !== PIPE && !/[`\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(name)
}

/** The address of a part of the file at `path`; of what came through a pipe that of a file in its place. */
export function addressWord(path: string, fragment: string): string {
  return fileWord(`${path === PIPE ? 'FILE' : path}#${fragment}`)
}

/** As Python writes a string. */
export function pythonString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** As a shell takes a word; what it takes as it is stays so. */
export function shellWord(word: string): string {
  return /^[\w./:+,=@%-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** As `shellWord`, for the name of a file: no name that begins with a dash is taken for an option. */
export function fileWord(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path)
}

/** A name beside `path` for what is made of it, of which there is no file yet: `keys.npy` becomes `keys-float64.npy`. */
export function nameFor(path: string, addition: string, extension = '.npy'): string {
  const stem = join(dirname(path), basename(path, extname(path)) + addition)
  for (let i = 1; ; i++) {
    const name = `${stem}${i === 1 ? '' : `-${i}`}${extension}`
    if (!isThere(name)) return name
  }
}
