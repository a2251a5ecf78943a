import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  causeText,
  LevError,
  registerTemporary,
  removeTemporary,
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

  /** Throws CannotWrite. */
  constructor(path: string) {
    this.path = path
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

  finish(): Promise<void> {
    try {
      if (existsSync(this.#target)) {
        for (const name of readdirSync(this.#hidden)) renameSync(this.place(name), join(this.#target, name))
        rmdirSync(this.#hidden)
      } else renameSync(this.#hidden, this.#target)
    } catch (cause) {
      return Promise.reject(refuse(this.path, `cannot write ${this.path}: ${causeText(cause)}`, cause))
    }
    removeTemporary(this.#hidden)
    return Promise.resolve()
  }

  abort(): void {
    removeTemporary(this.#hidden)
  }
}

function requireWritable(path: string, folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const help = existsSync(folder) ? '' : `: make it first, as with mkdir -p ${folder}`
    throw refuse(path, `cannot write ${path}: folder ${folder}: ${causeText(cause)}${help}`, cause)
  }
}

function refuse(path: string, message: string, cause?: unknown): LevError {
  const options = cause === undefined ? {} : { cause }
  return new LevError('CannotWrite', message, { file: path, option: 'out' }, options)
}
