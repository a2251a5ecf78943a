/**
 * Real inputs that lie beside the repository, in ../shared/data, and may not be copied into it. Tests that need
 * them go through `describeShared`, which skips with a printed reason where they are absent.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import { readNpyShape } from './npy.mjs'

export interface SharedSet {
  readonly name: string
  /** head: a real attention head with its own queries. stack: keys only. tabular: a matrix of rows. */
  readonly kind: 'head' | 'stack' | 'tabular'
  readonly keysPath: string
  readonly queriesPath?: string
  readonly valuesPath?: string
  /** Keys are [rows, cols]. */
  readonly rows: number
  readonly cols: number
  readonly causal: boolean
  /** Attention stays inside windows of this many rows. */
  readonly segmentRows?: number
  /** Image patches, row-major. */
  readonly grid?: readonly [rows: number, cols: number]
  /** Whether the licence lets its data into the repository. */
  readonly copyable: boolean
}

interface ManifestEntry {
  readonly name: string
  readonly causal: boolean
  readonly segment: number | null
  readonly grid: [number, number] | null
  readonly files: Partial<Record<'q' | 'k' | 'v' | 'o', { file: string; shape: [number, number] }>>
}

const SHARED_DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const ABSENT = 'skipped: ../shared/data is not beside the repository'

/** The folder of the shared data, or undefined where it is absent. */
export function sharedData(): string | undefined {
  return existsSync(join(SHARED_DATA, 'real', 'manifest.json')) ? SHARED_DATA : undefined
}

/** `describe(name, ...)` with the shared folder, or one skipped test that says why. */
export function describeShared(name: string, body: (dataPath: string) => void): void {
  const dataPath = sharedData()
  if (dataPath !== undefined) {
    describe(name, () => body(dataPath))
    return
  }
  console.warn(`${name}: ${ABSENT}`)
  describe(name, () => {
    test.skip(ABSENT, () => undefined)
  })
}

/** Every set: the heads and the stack in manifest order, then the tabular ones. [] where absent. */
export function sharedSets(): SharedSet[] {
  const dataPath = sharedData()
  return dataPath === undefined ? [] : [...realSets(dataPath), ...tabularSets(dataPath)]
}

function realSets(dataPath: string): SharedSet[] {
  const folder = join(dataPath, 'real')
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    entries: ManifestEntry[]
  }
  return manifest.entries.flatMap(({ name, causal, segment, grid, files }) => {
    if (files.k === undefined) return []
    const [rows, cols] = files.k.shape
    return {
      name,
      kind: files.q === undefined ? 'stack' : 'head',
      keysPath: join(folder, files.k.file),
      ...(files.q && { queriesPath: join(folder, files.q.file) }),
      ...(files.v && { valuesPath: join(folder, files.v.file) }),
      rows,
      cols,
      causal,
      ...(segment !== null && { segmentRows: segment }),
      ...(grid !== null && { grid }),
      copyable: /^(use|ocr)-/.test(name),
    } as const
  })
}

const TABULAR = [
  'sensor-multihop-lag16',
  'sklearn-breast-cancer',
  'sklearn-digits',
  'spamassassin-top256-words',
]

function tabularSets(dataPath: string): SharedSet[] {
  return TABULAR.map((name) => {
    const keysPath = join(dataPath, 'tabular', `${name}.npy`)
    const [rows, cols] = readNpyShape(keysPath)
    const copyable = name.startsWith('sensor-')
    return { name, kind: 'tabular', keysPath, rows, cols, causal: false, copyable }
  })
}
