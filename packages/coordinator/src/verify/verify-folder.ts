import { join } from 'node:path'
import {
  fileWord,
  type Heads,
  layoutOf,
  LevError,
  openHeads,
  readHeavyPairs,
} from '@levattention/core/internal'
import { firstNameIn } from '../files/output-folder.ts'
import { isHeadFile } from '../job/head-facts.ts'

interface FolderOptions {
  readonly keys: readonly string[]
  readonly queries: readonly string[]
  readonly heavy: string
}

/** Which head a file of a folder is about, and how many keys and queries. */
interface HeadOfFile {
  readonly head: number
  readonly keyHead: number
  readonly n: number
  readonly m: number
}

/** The Option error for a folder where the file of one head is wanted: with what to type for the first of them. */
export function severalHeavy({ keys, queries, heavy }: FolderOptions): LevError {
  const file = firstNameIn(heavy, isHeadFile)
  const found = `--heavy ${heavy} is a folder`
  if (file === undefined)
    return new LevError(
      'Option',
      `${found}: name a file of heavy pairs, .npz, .ndjson, .csv, .ndjson.gz, .csv.gz or .parquet`,
      {
        option: 'heavy',
      },
    )
  const path = join(heavy, file)
  const message = `${found}, and its heads are verified one by one: \`${typedFor(path, keys, queries)}\``
  return new LevError('Option', message, { option: 'heavy' })
}

/** The options for the head of the file at `path`: with its keys and queries, where these are arrays of heads. */
function typedFor(path: string, keys: readonly string[], queries: readonly string[]): string {
  const of = headOf(path)
  const typed = [
    ...(of ? addressed('keys', keys, of.keyHead, of.n) : []),
    ...(of ? addressed('queries', queries, of.head, of.m) : []),
    `--heavy ${fileWord(path)}`,
  ]
  return typed.join(' ')
}

/** What the file at `path` says of its head; undefined where it cannot be read. */
function headOf(path: string): HeadOfFile | undefined {
  try {
    const reader = readHeavyPairs(path)
    reader.close()
    const { meta: { head, keyHead } = {}, shape } = reader
    if (typeof head !== 'number' || typeof keyHead !== 'number' || !shape) return undefined
    return { head, keyHead, n: shape.n, m: shape.m }
  } catch {
    return undefined
  }
}

/** `--keys 'K.npy#[0]'`; nothing where the input is no array of heads of so many rows. */
function addressed(option: string, given: readonly string[], head: number, rows: number): string[] {
  if (given.length !== 1) return []
  const heads = headsOfRows(given[0], rows)
  return heads === undefined || head >= heads.headCount
    ? []
    : [`--${option} ${fileWord(heads.addressOf(head))}`]
}

/** The heads at `address`, in the usual layout that gives each so many rows. */
function headsOfRows(address: string, rows: number): Heads | undefined {
  try {
    const usual = openHeads(address)
    if (usual.rows === rows) return usual
    const layout = layoutOf(usual.shape.length, 'nhd')
    const other = layout === undefined ? undefined : openHeads(address, { layout })
    return other?.rows === rows ? other : undefined
  } catch {
    // The error of verify itself says more.
    return undefined
  }
}
