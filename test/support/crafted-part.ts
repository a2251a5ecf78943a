/** Files of a run folder that lie under a right checksum or run id. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { digestOf } from '#coordinator/checkpoint/digest'
import { Packr } from 'msgpackr'

const packr = new Packr({ moreTypes: true, structuredClone: true })

/** The part at `path` with the value that `change` makes of its own, signed again. */
export function craftPart(path: string, change: (value: never) => unknown): void {
  const bytes = readFileSync(path)
  const part = packr.unpack(bytes.subarray(64)) as { value: unknown }
  sealPart(path, packr.pack({ ...part, value: change(part.value as never) ?? part.value }))
}

/** A part whose body is `body`, with its checksum. */
export function sealPart(path: string, body: Uint8Array): void {
  const preamble = Buffer.alloc(64)
  preamble.write('LEVPART\x01', 'latin1')
  preamble.writeBigUInt64LE(BigInt(body.byteLength), 8)
  createHash('sha256').update(body).digest().copy(preamble, 16)
  writeFileSync(path, Buffer.concat([preamble, body]))
}

/** The plan at `path` as `change` leaves it, with the run id of what it then says. */
export function craftPlan(path: string, change: (plan: Record<string, never>) => void): void {
  const plan = JSON.parse(readFileSync(path, 'utf8')) as Record<string, never>
  change(plan)
  const { runId: _, ...rest } = plan
  writeFileSync(path, JSON.stringify({ ...rest, runId: digestOf(rest).slice(0, 16) }))
}
