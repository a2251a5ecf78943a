import { join } from 'node:path'
import { fault, isLevError, removeDeadTemporaries, type RowRange } from '@levattention/core/internal'
import type { SearchedBatch } from '../tasks/answer-store.ts'
import { digestOf } from './digest.ts'
import { keyGrains, KnownContent, queryGrains } from './known-content.ts'
import { makeFolder } from '../files/create-folder.ts'
import { type PartName, readPart, writePart } from '../files/part-file.ts'
import type { RunPlan } from './plan-fields.ts'
import { isOfSoftmax } from './plan-options.ts'
import { validateBatch } from './validate-batch.ts'

/** What a part answers; `key` is a digest of what was asked. */
export interface StoredPart {
  readonly kind: string
  readonly range: RowRange
  readonly key: string
}

/** What is found at a part's place. */
export type PartState = 'done' | 'missing' | 'broken'

/** What `load` finds. */
export function partState(load: () => unknown): PartState {
  try {
    return load() === undefined ? 'missing' : 'done'
  } catch (error) {
    if (isLevError(error, 'Content')) return 'broken'
    throw error
  }
}

/**
 * The folder of one run, on a disk that all its steps share: plan.json, parts/, result/. Files are the truth: a part that
 * stands and is whole is done, whoever made it.
 */
export class RunFolder {
  readonly path: string
  readonly plan: RunPlan
  readonly keyContent: KnownContent
  readonly queryContent: KnownContent

  constructor(path: string, plan: RunPlan) {
    this.path = path
    this.plan = plan
    this.keyContent = new KnownContent(keyGrains(plan), plan.content.keys)
    this.queryContent = new KnownContent(queryGrains(plan), plan.content.queries)
  }

  /** Where a result goes. */
  result(name: string): string {
    return join(this.path, 'result', name)
  }

  /** Makes the folders below. Throws CannotWrite. */
  prepare(): void {
    for (const name of ['parts', 'result']) makeFolder(join(this.path, name))
  }

  /** Removes what killed steps left half written, where they are dead for certain. */
  tidy(): void {
    for (const name of ['.', 'parts', 'result']) removeDeadTemporaries(join(this.path, name))
  }

  /** The answer of a task; undefined where it is still to be made. Throws Content where it is damaged, foreign or `check` says that it cannot be true. */
  load(part: StoredPart, check: (answer: unknown) => void): unknown {
    return readPart(this.partPath(part), { runId: this.plan.runId, key: part.key }, check)
  }

  async save(part: StoredPart, answer: unknown): Promise<void> {
    await writePart(this.partPath(part), { runId: this.plan.runId, key: part.key }, answer)
  }

  partPath({ kind, range, key }: StoredPart): string {
    return join(this.path, 'parts', `${kind}.${range.rowStart}-${range.rowEnd}.${key.slice(0, 12)}.part`)
  }

  /** The answer to a batch of queries. Throws as `load`. */
  loadBatch(range: RowRange): SearchedBatch | undefined {
    const { rowCount, options } = this.plan
    const validate = (value: unknown) => validateBatch(value, range, rowCount, isOfSoftmax(options))
    return readPart(this.batchPath(range), this.#batchName(range), validate) as SearchedBatch | undefined
  }

  async saveBatch(range: RowRange, answer: unknown): Promise<void> {
    await writePart(this.batchPath(range), this.#batchName(range), answer)
  }

  batchPath({ rowStart, rowEnd }: RowRange): string {
    return join(this.path, 'parts', `query.${rowStart}-${rowEnd}.part`)
  }

  /** The sum of several answers, named by `key`. Throws as `load`. */
  loadNode(key: string, check: (sum: unknown) => void): unknown {
    return readPart(this.nodePath(key), { runId: this.plan.runId, key }, check)
  }

  async saveNode(key: string, sum: unknown): Promise<void> {
    await writePart(this.nodePath(key), { runId: this.plan.runId, key }, sum)
  }

  nodePath(key: string): string {
    return join(this.path, 'parts', `merge.${key.slice(0, 16)}.part`)
  }

  /** What was recorded of a result. Throws as `load`. */
  loadRecord(name: string): unknown {
    const validate = (value: unknown) => {
      if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
        throw fault('record', 'a SHA-256', value)
    }
    return readPart(this.#recordPath(name), this.#recordName(name), validate)
  }

  async saveRecord(name: string, record: unknown): Promise<void> {
    await writePart(this.#recordPath(name), this.#recordName(name), record)
  }

  /** Were files with these marks read, and found to be the plan's? */
  areKnown(marks: readonly string[]): boolean {
    const { path, name } = this.#marksPlace(marks)
    const validate = (value: unknown) => {
      if (!Array.isArray(value) || value.join('\n') !== marks.join('\n'))
        throw fault('marks', 'those of its files', value)
    }
    return partState(() => readPart(path, name, validate)) === 'done'
  }

  async setKnown(marks: readonly string[]): Promise<void> {
    const { path, name } = this.#marksPlace(marks)
    await writePart(path, name, marks)
  }

  #marksPlace(marks: readonly string[]): { path: string; name: PartName } {
    const key = digestOf({ kind: 'inputs', marks })
    const path = join(this.path, 'parts', `inputs.${key.slice(0, 12)}.part`)
    return { path, name: { runId: this.plan.runId, key } }
  }

  #recordPath(name: string): string {
    return join(this.path, 'parts', `result.${name}.part`)
  }

  #recordName(name: string): { runId: string; key: string } {
    return { runId: this.plan.runId, key: digestOf({ kind: 'result', name }) }
  }

  #batchName(range: RowRange): { runId: string; key: string } {
    return { runId: this.plan.runId, key: digestOf({ kind: 'query', range }) }
  }
}
