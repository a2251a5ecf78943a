import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  causeText,
  folderFailure,
  LevError,
  registerTemporary,
  removeTemporary,
  type SealedFile,
  temporaryPath,
} from '@levattention/core/internal'
import type { StagedOutput } from './staged-outputs.ts'

/**
 * Checks before the work that the folder `path` can be made, or filled where it stands. Throws CannotWrite: it is a file,
 * it holds files already and `force` is not set, its parent is missing or cannot be written.
 */
export function checkOutputFolder(path: string, force: boolean): void {
  const target = resolve(path)
  if (existsSync(target)) {
    if (!statSync(target).isDirectory())
      throw refuse(path, `${path} is a file: the heads go into a folder of their own`)
    if (!force && readdirSync(target).length > 0)
      throw refuse(path, `${path} holds files already: use another name, or --force to replace files in it`)
    requireWritable(path, target)
  }
  requireWritable(path, dirname(target))
}

/** A folder that is filled under a hidden name beside its own and put in its place as a whole. */
export class OutputFolder implements StagedOutput {
  readonly path: string
  readonly #target: string
  readonly #hidden: string
  readonly #force: boolean

  /** Throws CannotWrite. */
  constructor(path: string, force: boolean) {
    this.path = path
    this.#force = force
    this.#target = resolve(path)
    this.#hidden = temporaryPath(dirname(this.#target))
    try {
      mkdirSync(this.#hidden)
    } catch (cause) {
      throw refuse(path, `cannot write beside ${path}: ${causeText(cause)}`, cause)
    }
    registerTemporary(this.#hidden)
  }

  /** Where the file `name` is to be written for now. */
  place(name: string): string {
    return join(this.#hidden, name)
  }

  /** A folder that stands is filled file by file, a new one is put in its place as a whole. */
  seal(): Promise<SealedFile[]> {
    const { path } = this
    if (!existsSync(this.#target))
      return Promise.resolve([{ path, temporary: this.#hidden, target: this.#target, force: false }])
    const files = readdirSync(this.#hidden).map((name) => ({
      path: join(path, name),
      temporary: this.place(name),
      target: join(this.#target, name),
      force: this.#force,
    }))
    return Promise.resolve(files)
  }

  discard(): void {
    removeTemporary(this.#hidden)
  }
}

function requireWritable(path: string, folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw refuse(path, `cannot write ${path}: ${folderFailure(folder, cause)}`, cause)
  }
}

function refuse(path: string, message: string, cause?: unknown): LevError {
  const options = cause === undefined ? {} : { cause }
  return new LevError('CannotWrite', message, { file: path, option: 'out' }, options)
}
