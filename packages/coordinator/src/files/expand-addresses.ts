import { closeSync } from 'node:fs'
import {
  type ErrorPlace,
  type ErrorTag,
  isLevError,
  isThere,
  kindAt,
  LevError,
  nearFiles,
  openRegular,
  parseAddress,
} from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { naturalOrder } from './natural-order.ts'
import { MOST_NAMES, readList } from './read-list.ts'
import { MOST_ENTRIES, walkPattern } from './walk-pattern.ts'

/** What was typed, or the line of a list. */
interface Named {
  readonly address: string
  /** How messages call it. */
  readonly shown: string
  readonly option: string | undefined
}

/**
 * The inputs that a user named, in order: a quoted glob becomes its files in natural order (2 before 10), `@list.txt`
 * the lines of that file. `option` is the option's name without dashes, absent for arguments without one. Throws Option
 * (more than 100,000 names), NotFound (no match, no such file in a list), Aborted, and as `readList`.
 */
export async function expandAddresses(
  given: readonly string[],
  option?: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const addresses: string[] = []
  const add = async (named: Named): Promise<void> => {
    throwIfAborted(signal)
    for (const found of await filesOf(named, signal)) addresses.push(found)
    if (addresses.length > MOST_NAMES)
      throw refusal(
        'Option',
        named,
        `there are more than ${MOST_NAMES} files up to here, the most that a command takes`,
      )
  }
  for (const address of given) {
    if (!address.startsWith('@')) {
      await add({ address, shown: shown(address, option), option })
      continue
    }
    const path = address.slice(1)
    for (const { name, line } of readList(path, shown(address, option), option)) {
      const listed = { address: name, shown: `line ${line} of ${path}: ${name}`, option }
      await add(listed)
      if (addresses.at(-1) === name) requireListed(listed)
    }
  }
  return addresses
}

async function filesOf(named: Named, signal: AbortSignal | undefined): Promise<string[]> {
  const { address } = named
  if (address === '-') {
    const message =
      'standard input serves as the keys of build and run, or the queries of run and query, alone; name a file here'
    throw refusal('Option', named, message, named.option === undefined ? {} : { option: named.option })
  }
  const { path, fragment } = cut(address)
  // The plain characters of most names; a file that has a glob's characters in its name is meant literally.
  if (!/[*?{[]/.test(path) || isThere(address) || isThere(path)) return [address]
  const { isDynamicPattern } = await import('tinyglobby')
  if (!isDynamicPattern(path)) return [address]
  const found = await walkPattern(path, signal)
  if (found === undefined)
    throw refusal(
      'Option',
      named,
      `the pattern leads through more than ${MOST_ENTRIES} files and folders; begin it with a folder that has fewer`,
    )
  if (found.length === 0)
    throw refusal('NotFound', named, `no file matches${nearFiles(path.replaceAll('*', ''))}`)
  return found.sort(naturalOrder).map((file) => file + fragment)
}

/** Throws NotFound where the line of a list names no regular file: opening it would not tell the line. */
function requireListed(named: Named): void {
  try {
    const { path } = parseAddress(named.address)
    if (kindAt(path) !== 'file') closeSync(openRegular(path))
  } catch (error) {
    if (!isLevError(error)) throw error
    const { address, shown: line } = named
    const place = placeOf(error.place.file ?? address, named.option)
    throw new LevError(error.tag, `${line.slice(0, -address.length)}${error.message}`, place, {
      cause: error,
    })
  }
}

/** What was typed, as far as messages repeat it. */
function shown(text: string, option: string | undefined): string {
  return option === undefined ? text : `--${option} ${text}`
}

function refusal(
  tag: ErrorTag,
  { address, shown: typed, option }: Named,
  found: string,
  place = placeOf(address, option),
): LevError {
  return new LevError(tag, `${typed}: ${found}`, place)
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
