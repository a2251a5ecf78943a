import { existsSync } from 'node:fs'
import { type ErrorPlace, LevError, nearFiles } from '@levattention/core/internal'
import { naturalOrder } from './natural-order.ts'
import { readList } from './read-list.ts'

/**
 * The inputs that a user named, in order: a quoted glob becomes its files in natural order (2 before 10), `@list.txt`
 * the lines of that file. `option` is the option's name without dashes, absent for arguments without one. Throws Option,
 * NotFound (no match), and as `readList`.
 */
export async function expandAddresses(given: readonly string[], option?: string): Promise<string[]> {
  const addresses: string[] = []
  for (const address of given) {
    const isList = address.startsWith('@')
    for (const listed of isList ? readList(address.slice(1), shown(address, option), option) : [address])
      for (const found of await expandGlob(listed, option)) addresses.push(found)
  }
  return addresses
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
