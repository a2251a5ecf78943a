import { CALLBACK, type OptionKinds, SIGNAL } from '../arguments/option-kinds.ts'
import { requireOptions, requireText } from '../arguments/require-options.ts'
import { LevError } from '../errors/errors.ts'
import { checkMember } from '../files/check-member.ts'
import { resolveArray, type OpenOptions } from './describe-file.ts'
import { inflateMember, type InflatedMember } from '../files/inflate-member.ts'
import { type ReadWatch, tellingOf, type TellRead } from '../files/part-told.ts'
import { removeTemporary } from '../files/temporaries.ts'
import { requireSameFile } from '../files/watched-file.ts'
import type { StoredArray } from '../formats/stored-array.ts'
import { requireFloatArray } from './matrix-part.ts'
import { OPEN_KINDS } from './open-options.ts'

const INFLATE_KINDS: OptionKinds<OpenOptions & ReadWatch> = {
  ...OPEN_KINDS,
  signal: SIGNAL,
  onProgress: CALLBACK,
}

/**
 * Makes ready what `address` names, before its rows are read. A compressed .npz member is inflated, and a table, a Parquet file or a
 * sparse matrix is turned, into a new file in `folder`, to be given to `openMatrix` or `openHeads` as `inflated` and deleted by the
 * caller in the end. A stored member is read once for its checksum, and vectors for their lengths. Undefined where the rows can be read in place. `signal` gives it up,
 * `onProgress` is told how far it is. Throws as `openMatrix` does, and Content (damaged), InputChanged, CannotWrite (folder, disk), Aborted.
 */
export async function inflateInput(
  address: string,
  folder: string,
  options: OpenOptions & ReadWatch = {},
): Promise<InflatedMember | undefined> {
  requireText('inflateInput: address', address, "inflateInput('keys.npz', '/tmp')")
  requireText('inflateInput: folder', folder, "inflateInput('keys.npz', '/tmp')")
  requireFolder(folder)
  requireOptions('inflateInput', INFLATE_KINDS, options)
  const { array } = resolveArray(address, options)
  if (array.member !== undefined && array.turning === undefined) requireFloatArray(array)
  const made = await inflateArray(array, folder, options)
  const { columns, header, id, weightColumn } = options
  return made?.what === undefined ? made : { ...made, reading: { columns, header, id, weightColumn } }
}

/** An empty name would be the folder that the program happens to run in. */
function requireFolder(folder: string): void {
  if (folder !== '') return
  const message =
    'inflateInput: the name of the folder is empty: name one for the new file, or . for the current one'
  throw new LevError('Option', message)
}

/** As `inflateInput`, of an array of any type. */
export async function inflateArray(
  array: StoredArray,
  folder: string,
  options: ReadWatch,
): Promise<InflatedMember | undefined> {
  let isTold = false
  const told = tellingOf(options.onProgress)
  const tell: TellRead | undefined =
    told &&
    (async (progress) => {
      isTold ||= progress.done === progress.total
      await told(progress)
    })
  const made = await madeReady(array, folder, options, tell)
  if (isTold || tell === undefined) return made
  try {
    await tell({ done: 1, total: 1 })
  } catch (error) {
    if (made !== undefined) removeTemporary(made.path)
    throw error
  }
  return made
}

async function madeReady(
  array: StoredArray,
  folder: string,
  options: ReadWatch,
  tell: TellRead | undefined,
): Promise<InflatedMember | undefined> {
  const { path: archivePath, name, member, turning, check } = array
  if (turning !== undefined) {
    const { path, byteLength, leftOut } = await turning.turn(folder, options.signal, tell)
    try {
      requireSameFile(array)
    } catch (error) {
      removeTemporary(path)
      throw error
    }
    return { archivePath, name, path, byteLength, what: turning.what, leftOut }
  }
  await check?.(options.signal)
  if (member === undefined) return undefined
  if (!array.deflated) {
    await checkMember(archivePath, member, options)
    return undefined
  }
  const path = await inflateMember(archivePath, member, folder, options)
  return { archivePath, name, path, byteLength: member.memberBytes }
}
