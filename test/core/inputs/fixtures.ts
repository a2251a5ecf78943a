import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  isLevError,
  openMatrix,
  type ErrorTag,
  type LevError,
  type MatrixSource,
  type OpenOptions,
} from '@levattention/core/internal'
import { expect, onTestFinished } from 'vitest'

/** Written by test/golden/make_readers.py. */
export const GOLDEN = join(import.meta.dirname, '../../golden/readers')

export interface GoldenMatrix {
  readonly address: string
  readonly options: OpenOptions
  readonly rows: number
  readonly cols: number
  readonly element: 'f32' | 'f64'
  /** [rows, cols] */
  readonly values: readonly number[]
}

interface Golden {
  readonly matrices: readonly GoldenMatrix[]
  readonly refused: readonly { readonly address: string; readonly found: string }[]
  readonly listings: readonly { readonly address: string; readonly arrays: readonly unknown[] }[]
  readonly npyHeaders: readonly {
    readonly descr: '<f4'
    readonly shape: readonly number[]
    readonly text: string
    readonly start: string
  }[]
}

export const golden = JSON.parse(readFileSync(join(GOLDEN, 'expected.json'), 'utf8')) as Golden

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lev-readers-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function floats(element: 'f32' | 'f64', length: number): Float32Array | Float64Array {
  return element === 'f32' ? new Float32Array(length) : new Float64Array(length)
}

/** All of a matrix, row-major. */
export function readAll(source: MatrixSource): number[] {
  const into = floats(source.element, source.rows * source.cols)
  source.readRows(0, source.rows, into)
  return [...into]
}

/** Opens and reads all of a matrix; closes it. */
export function load(address: string, options: OpenOptions = {}): number[] {
  const source = openMatrix(address, options)
  const values = readAll(source)
  source.close()
  return values
}

/** The LevError that `action` throws: of that tag, with every one of `parts` in its message. */
export function expectRefusal(action: () => unknown, tag: ErrorTag, ...parts: string[]): LevError {
  return checkRefusal(thrownBy(action), tag, parts)
}

export async function expectRejection(
  promise: Promise<unknown>,
  tag: ErrorTag,
  ...parts: string[]
): Promise<LevError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return checkRefusal(error, tag, parts)
}

export function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

function checkRefusal(error: unknown, tag: ErrorTag, parts: readonly string[]): LevError {
  if (!isLevError(error)) throw new Error(`no LevError was thrown but ${String(error)}`, { cause: error })
  expect([error.tag, error.message]).toEqual([tag, error.message])
  for (const part of parts) expect(error.message).toContain(part)
  return error
}

/** Checks that the error names the file, in its message and its place. */
export function expectFileNamed(error: LevError, path: string): void {
  expect(error.message).toContain(basename(path))
  expect(error.place.file ?? '').toContain(basename(path))
}

/** 64 KiB of shared WebAssembly memory, as a worker's kernels have it. TypeScript's ES library does not know the class. */
export function sharedWasmMemory(): SharedArrayBuffer {
  type MemoryClass = new (limits: { initial: number; maximum: number; shared: true }) => {
    readonly buffer: SharedArrayBuffer
  }
  const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: MemoryClass } }).WebAssembly
  return new Memory({ initial: 1, maximum: 1, shared: true }).buffer
}

/** The longest Uint8Array, in bytes, that is made by length while `action` runs. */
export function largestAllocation(action: () => void): number {
  const Original = globalThis.Uint8Array
  let largest = 0
  globalThis.Uint8Array = new Proxy(Original, {
    construct(target, args: [unknown], newTarget) {
      if (typeof args[0] === 'number') largest = Math.max(largest, args[0])
      return Reflect.construct(target, args, newTarget) as object
    },
  })
  try {
    action()
  } finally {
    globalThis.Uint8Array = Original
  }
  return largest
}
