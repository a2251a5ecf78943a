import { extname } from 'node:path'
import {
  type ArrayDescription,
  describeTurned,
  hasLevMagic,
  type HeaderRecord,
  kindAt,
  LevError,
  type OpenOptions,
  PREAMBLE_BYTES,
  readHeavyPairs,
  withInputFile,
} from '@levattention/core/internal'
import { type InspectedArray, inspectArrays, resultIn } from './inspect-arrays.ts'
import type { TableReading } from './inspect-table.ts'
import { type InspectedLev, inspectLev } from './inspect-lev.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'

/** Heavy pairs in a .npz of ours. */
export interface InspectedHeavy {
  readonly n: number
  readonly m: number
  readonly pairs: number
  readonly uncertifiedQueries: number
  readonly meta: HeaderRecord
}

/** What is in a file. */
export type Contents =
  | ({ readonly holds: 'lev' } & InspectedLev)
  | ({ readonly holds: 'heavy pairs' } & InspectedHeavy)
  | { readonly holds: 'arrays'; readonly arrays: readonly InspectedArray[] }

interface InspectSummary extends JobSummary {
  /** As the user named it. */
  readonly file: string
  readonly contents: Contents
}

/** A file, and how it is to be read where it is a table. */
interface InspectOptions extends TableReading {
  readonly file: string
  readonly signal?: AbortSignal | undefined
}

/** What is in a .lev, .npy, .npz, .safetensors or a table, or in one array of it. Throws NotFound, Content, Option. */
export async function inspect(options: InspectOptions, job: Job): Promise<InspectSummary> {
  const { file, columns, header, id, signal } = options
  const reading = { columns, header, id }
  const turned = isLev(file) ? undefined : await describeTurned(file, { ...reading, signal })
  const contents = contentsOf(file, turned, reading)
  return { command: 'inspect', file, contents, inputs: [], outputs: [], ...job.measured() }
}

/** Throws NotFound, Content, Option. */
export function contentsOf(address: string, turned?: ArrayDescription, options: OpenOptions = {}): Contents {
  if (isLev(address)) return { holds: 'lev', ...inspectLev(address) }
  const arrays = inspectArrays(address, turned, options)
  validateResult(address, arrays)
  if (isHeavy(address, arrays)) return { holds: 'heavy pairs', ...inspectHeavy(address) }
  return { holds: 'arrays', arrays }
}

/** A result of ours for NumPy is tried as a whole; saved again with compression it is arrays like any others. */
function validateResult(path: string, arrays: readonly InspectedArray[]): void {
  if (arrays.some(({ deflated }) => deflated)) return
  resultIn(arrays)?.validate(path)
}

/** Throws Option where `address` is no .lev, whose rows alone have bounds. */
export function requireLev(address: string): void {
  if (isLev(address)) return
  const message = `--list shows the bounds of a .lev, and ${address} is none`
  throw new LevError('Option', message, { option: 'list' })
}

/** By its first bytes, or by its name: then it is to be refused as a damaged one. */
function isLev(address: string): boolean {
  if (extname(address) === '.lev') return true
  const first = firstBytes(address)
  return first !== undefined && first.length === PREAMBLE_BYTES && hasLevMagic(first)
}

/** undefined where `path` is no file that can be read; whoever reads it next says why. */
function firstBytes(path: string): Uint8Array | undefined {
  if (kindAt(path) !== 'file') return undefined
  try {
    return withInputFile(path, ({ byteLength, bytes }) => bytes(0, Math.min(byteLength, PREAMBLE_BYTES)))
  } catch {
    return undefined
  }
}

const HEAVY_ARRAYS = ['format', 'shape', 'data', 'indices', 'indptr', 'dots', 'meta']

function isHeavy(path: string, arrays: readonly InspectedArray[]): boolean {
  const names = new Set(arrays.map(({ name }) => name))
  return extname(path) === '.npz' && HEAVY_ARRAYS.every((name) => names.has(name))
}

function inspectHeavy(path: string): InspectedHeavy {
  const reader = readHeavyPairs(path)
  try {
    const { shape = { n: 0, m: 0 }, meta = {}, uncertified, pairCount: pairs } = reader
    return { ...shape, pairs, uncertifiedQueries: uncertified?.length ?? 0, meta }
  } finally {
    reader.close()
  }
}
