import { closeSync, ftruncateSync, openSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { readFully } from './input-file.ts'
import { writeFully } from './output-file.ts'
import { causeText, errorCode } from './refusal.ts'
import { registerTemporary, removeTemporary } from './temporaries.ts'

/** A file for what cannot be read where it lies: written by position, read like any other, removed by who asked for it. */
export interface TemporaryFile {
  readonly path: string
  /** Throws CannotWrite. */
  write(position: number, bytes: Uint8Array): void
  /** Fills `into`; what lies behind the end stays. Throws CannotWrite. */
  read(position: number, into: Uint8Array): void
  /** Makes it so long; what nobody wrote is zero. Throws CannotWrite. */
  extend(byteLength: number): void
  /** No more is written. */
  close(): void
  /** Never throws. */
  remove(): void
}

/** A new one in `folder`, for `label`. It is removed by `removeOpenTemporaries`, too. Throws CannotWrite. */
export function createTemporaryFile(label: string, folder: string): TemporaryFile {
  const path = join(folder, `levattention-${randomBytes(8).toString('hex')}.npy`)
  try {
    const file = openSync(path, 'wx+', 0o600)
    registerTemporary(path)
    return fileAt(file, path, label, folder)
  } catch (cause) {
    throw cannotTurn(label, folder, cause)
  }
}

/** One that another thread made. Throws CannotWrite. */
export function openTemporaryFile(path: string, label: string, folder: string): TemporaryFile {
  try {
    return fileAt(openSync(path, 'r+'), path, label, folder)
  } catch (cause) {
    throw cannotTurn(label, folder, cause)
  }
}

function fileAt(file: number, path: string, label: string, folder: string): TemporaryFile {
  let isOpen = true
  const orFail = (work: () => void, byteLength: number) => {
    try {
      work()
    } catch (cause) {
      throw ['EFBIG', 'ERR_OUT_OF_RANGE'].includes(errorCode(cause) ?? '')
        ? cannotHold(label, folder, byteLength, cause)
        : cannotTurn(label, folder, cause)
    }
  }
  const close = () => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  return {
    path,
    write: (position, bytes) => orFail(() => writeFully(file, bytes, position), position + bytes.length),
    read: (position, into) =>
      orFail(() => readFully(file, into, position, (cause) => cause as Error), position),
    extend: (byteLength) => orFail(() => ftruncateSync(file, byteLength), byteLength),
    close,
    remove() {
      close()
      removeTemporary(path)
    },
  }
}

function cannotHold(label: string, folder: string, byteLength: number, cause: unknown): LevError {
  const message = `${label} takes a temporary file of ${counted(byteLength, 'byte')} by the shape that it states, and none so large can be made in ${folder}: ${causeText(cause)}. Is that shape right? Else choose another ${optionText('folder')}`
  return new LevError('CannotWrite', message, { file: folder, option: 'folder' }, { cause })
}

function cannotTurn(label: string, folder: string, cause: unknown): LevError {
  const message = `${label} is read from a temporary file, which cannot be written in ${folder}: ${causeText(cause)}; choose another ${optionText('folder')}`
  return new LevError('CannotWrite', message, { file: folder, option: 'folder' }, { cause })
}
