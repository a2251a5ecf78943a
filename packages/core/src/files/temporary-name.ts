import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { errorCode } from './refusal.ts'

const ANY = /^\.levattention-.*\.tmp$/
const NAMED = /^\.levattention-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}\.tmp$/

let place: string | undefined

/** A hidden name that no other process, thread or call uses, also on a shared file system. It tells who may still be writing. */
export function temporaryName(): string {
  place ??= processPlace()
  return `.levattention-${place}-${process.pid}-${randomBytes(8).toString('hex')}.tmp`
}

/** Whether `name` is one of ours. */
export function isTemporaryName(name: string): boolean {
  return ANY.test(name)
}

/** Whether the process that took `name` was of this place, and is gone for certain. */
export function isNameOfDead(name: string): boolean {
  place ??= processPlace()
  const [, itsPlace, pid] = NAMED.exec(name) ?? []
  return itsPlace === place && !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Another user's process lives too.
    return errorCode(error) !== 'ESRCH'
  }
}

/**
 * Where process ids mean what they mean here: this boot of this kernel, this namespace of processes (a host's name says
 * neither: containers may share it). Where the system does not tell: a place that no other process is in.
 */
function processPlace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    const namespace = readlinkSync('/proc/self/ns/pid')
    return createHash('sha256').update(`${boot} ${namespace}`).digest('hex').slice(0, 8)
  } catch {
    return randomBytes(4).toString('hex')
  }
}
