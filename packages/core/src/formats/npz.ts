import { counted } from '../errors/counted.ts'
import { isLevError } from '../errors/errors.ts'
import type { Format } from './format.ts'
import { sparseWhole } from './sparse-npz.ts'
import { constants, inflateRawSync } from 'node:zlib'
import type { ArrayCatalog, StoredArray } from './stored-array.ts'
import { foreignArchive } from '../foreign/foreign-archive.ts'
import type { InputFile } from '../files/input-file.ts'
import { isNpy, readNpyHeader, type BytesAt, type NpyPlace } from './npy.ts'
import { badContent } from '../files/refusal.ts'
import { memberDataOffset, readZipDirectory, type ZipMember } from '../files/zip-directory.ts'

const SUFFIX = '.npy'
/** Compressed bytes that are inflated to see a member's header: they give at most about 4 MiB. */
const PREFIX_BYTES = 4096
const MAX_PREFIX_OUTPUT_BYTES = 2 ** 23

/** Of what a .npy begins with. */
const NPY_BYTES = 8

const STORED = 0
const DEFLATED = 8

/** True where `bytes` begin as a ZIP archive does: an empty one, too. */
export function isZip(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('latin1')
  return start === 'PK\x03\x04' || start === 'PK\x05\x06'
}

/** The arrays of a .npz archive: its members `name.npy`. Throws Content. */
export function npzCatalog(file: InputFile): ArrayCatalog {
  const members = npyMembers(file)
  const catalog: Omit<ArrayCatalog, 'whole'> = {
    path: file.path,
    names: [...members.keys()],
    describe: (name) => describeMember(file, name, requireMember(members, name)),
  }
  return { ...catalog, whole: sparseWhole(catalog) }
}

/** .npz, and what holds a sparse matrix of SciPy in parts. */
export const npzFormat: Format = {
  name: '.npz',
  knows: ({ first }) => isZip(first),
  claims: ({ extension }) => extension === '.npz',
  catalog: ({ file }) => npzCatalog(file),
}

/** The members that are arrays, by array name: named so, or beginning as one does, as NumPy takes them. */
function npyMembers(file: InputFile): Map<string, ZipMember> {
  const members = new Map<string, ZipMember>()
  const all = readZipDirectory(file)
  for (const member of all) {
    const isNamed = member.name.endsWith(SUFFIX)
    if (!isNamed && !beginsAsNpy(file, member)) continue
    const name = isNamed ? member.name.slice(0, -SUFFIX.length) : member.name
    if (members.has(name)) throw badContent(file.path, `the archive has two members named ${member.name}`)
    members.set(name, member)
  }
  if (members.size > 0 || all.length === 0) return members
  throw badContent(file.path, foreignArchive(all.map(({ name }) => name)))
}

/** False where the member cannot be read: what it is called is all that is known then. */
function beginsAsNpy(file: InputFile, member: ZipMember): boolean {
  const { method, encrypted, compressedBytes, memberBytes, name } = member
  if (encrypted || memberBytes < NPY_BYTES || (method !== STORED && method !== DEFLATED)) return false
  try {
    const dataOffset = memberDataOffset(file, member)
    const count = Math.min(compressedBytes, method === STORED ? NPY_BYTES : PREFIX_BYTES)
    if (method === STORED) return isNpy(file.bytes(dataOffset, count))
    return isNpy(inflatedPrefix(file, name, member, dataOffset)(0, NPY_BYTES))
  } catch (error) {
    if (isLevError(error, 'Content')) return false
    throw error
  }
}

function requireMember(members: ReadonlyMap<string, ZipMember>, name: string): ZipMember {
  const member = members.get(name)
  if (member === undefined) throw new RangeError(`no member ${name}`)
  return member
}

/** A member as it lies in the archive: stored ones are read in place, of deflated ones only the header is inflated. */
function describeMember(file: InputFile, name: string, member: ZipMember): StoredArray {
  const label = `${file.path}#${name}`
  if (member.encrypted) throw badContent(label, 'is encrypted; save it without a password')
  if (member.method !== STORED && member.method !== DEFLATED) {
    throw badContent(
      label,
      `compression method ${member.method}; stored and deflated members are read: save with numpy.savez`,
    )
  }
  const dataOffset = memberDataOffset(file, member)
  const place = placeOf(file, name, member)
  if (member.method === DEFLATED) {
    const header = inflatedPrefix(file, label, member, dataOffset)
    return { ...readNpyHeader(header, { ...place, offsetBytes: 0, deflated: true }), member }
  }
  if (member.compressedBytes !== member.memberBytes) {
    throw badContent(
      label,
      `the archive is damaged: a stored member of ${counted(member.compressedBytes, 'byte')} that claims ${member.memberBytes}`,
    )
  }
  const bytesAt: BytesAt = (position, byteLength) => file.bytes(dataOffset + position, byteLength)
  return { ...readNpyHeader(bytesAt, { ...place, offsetBytes: dataOffset, deflated: false }), member }
}

function placeOf(
  file: InputFile,
  name: string,
  member: ZipMember,
): Omit<NpyPlace, 'offsetBytes' | 'deflated'> {
  return {
    path: file.path,
    name,
    streamBytes: member.memberBytes,
    fileBytes: file.byteLength,
    mtimeMs: file.mtimeMs,
  }
}

function inflatedPrefix(file: InputFile, label: string, member: ZipMember, dataOffset: number): BytesAt {
  const compressed = file.bytes(dataOffset, Math.min(member.compressedBytes, PREFIX_BYTES))
  let prefix: Uint8Array
  try {
    prefix = inflateRawSync(compressed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_PREFIX_OUTPUT_BYTES,
    })
  } catch (cause) {
    throw badContent(label, `the archive is damaged: the member cannot be inflated (${String(cause)})`)
  }
  return (position, byteLength) => {
    if (position + byteLength > prefix.length)
      throw badContent(label, 'the archive is damaged: the .npy header is cut off')
    return prefix.subarray(position, position + byteLength)
  }
}
