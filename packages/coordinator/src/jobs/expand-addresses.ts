import { existsSync, readFileSync } from 'node:fs'
import { causeText, type ErrorPlace, LevError, nearFiles } from '@levattention/core/internal'
import { naturalOrder } from './natural-order.ts'

/**
 * The inputs that a user named, in order: a quoted glob becomes its files in natural order (2 before 10), `@list.txt`
 * the lines of that file. `option` is the option's name without dashes, absent for arguments without one. Throws Option,
 * NotFound (no match, no list).
 */
export async function expandAddresses(given: readonly string[], option?: string): Promise<string[]> {
  const addresses: string[] = []
  for (const address of given) {
    for (const listed of address.startsWith('@') ? readList(address.slice(1), option) : [address]) {
      addresses.push(...(await expandGlob(listed, option)))
    }
  }
  return addresses
}

/** Lines of a list; empty ones and those that begin with '# ' are passed over. */
function readList(path: string, option: string | undefined): string[] {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const message = `${shown(`@${path}`, option)}: the list ${path} cannot be read: ${causeText(cause)}${nearFiles(path)}; a file whose name begins with @ is './@…'`
    throw new LevError('NotFound', message, placeOf(path, option), { cause })
  }
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '#' && !line.startsWith('# '))
  if (lines.length > 0) return lines
  throw new LevError(
    'Option',
    `${shown(`@${path}`, option)}: the list ${path} names no file`,
    placeOf(path, option),
  )
}

async function expandGlob(address: string, option: string | undefined): Promise<string[]> {
  if (address === '-') {
    const message = `${shown('-', option)}: standard input serves as the keys of build and run, alone; name a file here`
    throw new LevError('Option', message, option === undefined ? {} : { option })
  }
  const { path, fragment } = cut(address)
  // The plain characters of most names; a file that has a glob's characters in its name is meant literally.
  if (!/[*?{[]/.test(path) || existsSync(address) || existsSync(path)) return [address]
  const { glob, isDynamicPattern } = await import('tinyglobby')
  if (!isDynamicPattern(path)) return [address]
  const found = await glob(path, { dot: false, onlyFiles: true, expandDirectories: false })
  if (found.length === 0) {
    throw new LevError(
      'NotFound',
      `${shown(address, option)}: no file matches${nearFiles(path.replaceAll('*', ''))}`,
      placeOf(address, option),
    )
  }
  return found.sort(naturalOrder).map((file) => file + fragment)
}

/** What was typed, as far as messages repeat it. */
function shown(text: string, option: string | undefined): string {
  return option === undefined ? text : `--${option} ${text}`
}

function placeOf(file: string, option: string | undefined): ErrorPlace {
  return option === undefined ? { file } : { file, option }
}

/** `parts/*.npz#keys[0]` -> the pattern and what follows each of its files. */
function cut(address: string): { path: string; fragment: string } {
  const at = address.lastIndexOf('#')
  return at < 0
    ? { path: address, fragment: '' }
    : { path: address.slice(0, at), fragment: address.slice(at) }
}
