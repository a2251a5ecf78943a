import { createHash } from 'node:crypto'
import {
  createOutput,
  kindAt,
  LevError,
  msgpackFault,
  packRich,
  PartFault,
  recordOf,
  unpackRich,
  withInputFile,
} from '@levattention/core/internal'

const MAGIC = Buffer.from('LEVPART\x01', 'latin1')
/** Magic, byte length of the body (u64), SHA-256 of the body; the rest is zero. */
const PREAMBLE_BYTES = 64
/** A digest takes no more at once, so none was written. */
const MOST_BYTES = 2 ** 31 - 1

type Refuse = (found: string, cause?: unknown) => never

/** What a part says of itself; readers demand that it is what they look for. */
export interface PartName {
  readonly runId: string
  /** Digest of what was asked. */
  readonly key: string
}

/** Writes `value` (plain data, typed arrays) under a temporary name, makes it safe, renames it. Throws CannotWrite. */
export async function writePart(path: string, name: PartName, value: unknown): Promise<void> {
  const body = packRich({ ...name, value })
  const preamble = Buffer.alloc(PREAMBLE_BYTES)
  MAGIC.copy(preamble, 0)
  preamble.writeBigUInt64LE(BigInt(body.byteLength), 8)
  createHash('sha256').update(body).digest().copy(preamble, 16)
  // Another copy of the same step may place the same bytes first.
  const output = createOutput(path, { force: true })
  output.write(preamble)
  output.write(body)
  await output.commit()
}

/**
 * The value of the part at `path`, which `validate` has tried; undefined where there is none. Throws Content where it is damaged, of
 * another run, or `validate` throws a PartFault: a right checksum says nothing of truth.
 */
export function readPart(
  path: string,
  { runId, key }: PartName,
  validate: (value: unknown) => void,
): unknown {
  const refuse: Refuse = (found, cause) => {
    const message = `${path} ${found}; remove it, and it is made again`
    throw new LevError('Content', message, { file: path }, cause === undefined ? {} : { cause })
  }
  const bytes = bytesOf(path, refuse)
  if (bytes === undefined) return undefined
  const isPart = bytes.byteLength >= PREAMBLE_BYTES && bytes.subarray(0, 8).equals(MAGIC)
  if (!isPart || bytes.subarray(48, PREAMBLE_BYTES).some((byte) => byte !== 0)) refuse('is no part of a run')
  const body = bytes.subarray(PREAMBLE_BYTES)
  if (bytes.readBigUInt64LE(8) !== BigInt(body.byteLength))
    refuse(`is cut: it holds ${body.byteLength} bytes of ${bytes.readBigUInt64LE(8)}`)
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(16, 48)))
    refuse('is damaged: its checksum is another')
  const part = unpacked(body, refuse)
  if (part.runId !== runId) refuse(`is of run ${String(part.runId)}, not of ${runId}`)
  if (part.key !== key) refuse('is the answer to another step of this run')
  try {
    validate(part.value)
  } catch (error) {
    if (error instanceof PartFault) refuse(`cannot be true: ${error.message}`, error)
    throw error
  }
  return part.value
}

function unpacked(body: Buffer, refuse: Refuse): Record<string, unknown> {
  const fault = msgpackFault(body, { rich: true })
  if (fault !== undefined) return refuse(`cannot be decoded: ${fault}`)
  try {
    return recordOf(unpackRich(body), 'part')
  } catch (cause) {
    return refuse('cannot be decoded', cause)
  }
}

/** All bytes of the part; of a file that is none, as many as tell so. */
function bytesOf(path: string, refuse: Refuse): Buffer | undefined {
  const kind = kindAt(path)
  if (kind === 'nothing') return undefined
  if (kind === 'folder' || kind === 'other') return refuse('is no part of a run, and no regular file')
  return withInputFile(path, ({ byteLength, bytes }) => {
    const head = Buffer.from(bytes(0, Math.min(byteLength, PREAMBLE_BYTES)))
    if (!head.subarray(0, MAGIC.length).equals(MAGIC)) return head
    if (byteLength > MOST_BYTES) return refuse(`has ${byteLength} bytes, more than a part has`)
    const { buffer, byteOffset } = bytes(0, byteLength)
    return Buffer.from(buffer, byteOffset, byteLength)
  })
}
