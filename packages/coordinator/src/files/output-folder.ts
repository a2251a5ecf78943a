import { existsSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  causeText,
  folderFailure,
  isThere,
  kindAt,
  LevError,
  registerTemporary,
  removeTemporary,
  requireWritable,
  type SealedFile,
  temporaryPath,
} from '@levattention/core/internal'
import type { StagedOutput } from './output-transaction.ts'

/**
 * Checks before the work that the folder `path` can be made, or filled where it stands. Throws CannotWrite: it is a file,
 * it holds files already and `force` is not set, its parent is missing or cannot be written.
 */
export function checkOutputFolder(path: string, force: boolean): void {
  const target = resolve(path)
  if (isThere(target)) {
    if (kindAt(target) !== 'folder')
      throw refuse(path, `${path} is a file: the heads go into a folder of their own`)
    if (!force && readdirSync(target).length > 0)
      throw refuse(
        path,
        `${path} holds files already: use another name, or \`--force\` to replace files in it`,
      )
    requireWritableFor(path, target)
  }
  requireWritableFor(path, dirname(target))
}

/** The first name in `folder`, by the alphabet, that `isWanted` takes; undefined where there is none. Throws where it cannot be read. */
export function firstNameIn(folder: string, isWanted: (name: string) => boolean): string | undefined {
  return readdirSync(folder)
    .sort((a, b) => (a < b ? -1 : 1))
    .find(isWanted)
}

/** The first name in `folder` that `isOurs` does not know; undefined where there is none, or no folder. */
export function otherNameIn(folder: string, isOurs: (name: string) => boolean): string | undefined {
  return isThere(folder) ? readdirSync(folder).find((name) => !isOurs(name)) : undefined
}

/** A folder that is filled under a hidden name beside its own and put in its place as a whole. */
export class OutputFolder implements StagedOutput {
  readonly path: string
  readonly #target: string
  readonly #hidden: string
  readonly #force: boolean
  readonly #isOurs: (name: string) => boolean
  /** What an earlier run left in the folder and this one does not replace. */
  #former: string[] = []

  /**
   * `isOurs` tells names of files that a run of the same kind may have left: with `force` those that the new run has
   * not are removed, so that what stands there is of one run. Throws CannotWrite.
   */
  constructor(path: string, force: boolean, isOurs: (name: string) => boolean) {
    this.path = path
    this.#force = force
    this.#isOurs = isOurs
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
    const names = readdirSync(this.#hidden)
    if (this.#force) this.#former = this.#leftOver(names)
    const files = names.map((name) => ({
      path: join(path, name),
      temporary: this.place(name),
      target: join(this.#target, name),
      force: this.#force,
    }))
    return Promise.resolve(files)
  }

  /** Only now that the new files stand: a run that fails changes nothing. Throws CannotWrite. */
  placed(): void {
    for (const name of this.#former) {
      try {
        const former = join(this.#target, name)
        if (existsSync(former)) unlinkSync(former)
      } catch (cause) {
        const file = join(this.path, name)
        const message = `the new files are in ${this.path}, but ${file} of an earlier run cannot be removed: ${causeText(cause)}; remove it`
        throw refuse(file, message, cause)
      }
    }
  }

  discard(): void {
    removeTemporary(this.#hidden)
  }

  #leftOver(names: readonly string[]): string[] {
    const made = new Set(names)
    return readdirSync(this.#target, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && this.#isOurs(entry.name) && !made.has(entry.name))
      .map(({ name }) => name)
  }
}

function requireWritableFor(path: string, folder: string): void {
  try {
    requireWritable(folder)
  } catch (cause) {
    throw refuse(path, `cannot write ${path}: ${folderFailure(folder, cause)}`, cause)
  }
}

function refuse(path: string, message: string, cause?: unknown): LevError {
  const options = cause === undefined ? {} : { cause }
  return new LevError('CannotWrite', message, { file: path, option: 'out' }, options)
}
