import { resolveArray, type OpenOptions } from './describe-file.ts'
import { inflateMember, type InflatedMember, type InflateOptions } from './inflate-member.ts'
import { withInputFile } from './input-file.ts'
import { requireFloatArray } from './matrix-part.ts'
import { npyMembers } from './npz.ts'
import { refusal } from './refusal.ts'

/**
 * Where `address` names a compressed .npz member: inflates it into a new file in `folder`, to be given to `openMatrix`
 * or `openHeads` as `inflated` and deleted by the caller in the end. Undefined where the rows can be read in place.
 * Throws as `openMatrix` and `inflateMember` do.
 */
export async function inflateInput(
  address: string,
  folder: string,
  options: OpenOptions & InflateOptions = {},
): Promise<InflatedMember | undefined> {
  const { array } = resolveArray(address, options)
  if (!array.deflated) return undefined
  requireFloatArray(array)
  const { path: archivePath, name } = array
  const member = withInputFile(archivePath, npyMembers).get(name)
  if (member === undefined) throw refusal('InputChanged', archivePath, `lost its array ${name}; start again`)
  const path = await inflateMember(archivePath, member, folder, options)
  return { archivePath, name, path, byteLength: member.memberBytes }
}
