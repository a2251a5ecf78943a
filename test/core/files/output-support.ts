import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevError, isLevError, type ErrorTag } from '@levattention/core'
import { onTestFinished } from 'vitest'

/** A folder of its own for one test, removed after it. */
export function testFolder(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'lev-test-'))
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The LevError that `action` throws; fails the test where it throws none or one of another tag. */
export function errorOf(tag: ErrorTag, action: () => unknown): LevError {
  try {
    action()
  } catch (error) {
    return requireTag(tag, error)
  }
  throw new Error(`expected a LevError ${tag}, nothing was thrown`)
}

/** The LevError that `promise` rejects with. */
export async function rejectionOf(tag: ErrorTag, promise: Promise<unknown>): Promise<LevError> {
  try {
    await promise
  } catch (error) {
    return requireTag(tag, error)
  }
  throw new Error(`expected a LevError ${tag}, nothing was thrown`)
}

function requireTag(tag: ErrorTag, error: unknown): LevError {
  if (isLevError(error, tag)) return error
  throw error
}

/** For `times` calls from the `nth` on (0 = the first), fs[name] throws a system error with `code`; undone after the test. */
export function failSystemCall(
  name: 'writeSync' | 'renameSync' | 'linkSync' | 'openSync' | 'unlinkSync',
  code: string,
  nth: number,
  times = Infinity,
) {
  const real = fs[name]
  let calls = 0
  const failing = (...args: unknown[]): unknown => {
    const call = calls++
    if (call >= nth && call < nth + times) throw Object.assign(new Error(`${code}: injected`), { code })
    return Reflect.apply(real, fs, args)
  }
  const restore = () => {
    Reflect.set(fs, name, real)
    syncBuiltinESMExports()
  }
  Reflect.set(fs, name, failing)
  syncBuiltinESMExports()
  onTestFinished(restore)
  return { restore, callCount: () => calls }
}

/** Starting Python with SciPy alone takes seconds on a busy machine. */
export const PYTHON_TIMEOUT_MS = 120_000

/** A Python that has `module`, or undefined: tests that need it skip and say why. */
export function pythonWith(module: 'numpy' | 'scipy'): string | undefined {
  return ['python3', '/usr/bin/python3'].find((command) => {
    // Looked for, not imported: that alone takes a second.
    const script = `import importlib.util, sys; sys.exit(importlib.util.find_spec('${module}') is None)`
    return spawnSync(command, ['-c', script]).status === 0
  })
}

/** What Python `script` prints as JSON, with `args` as sys.argv[1:]; fails the test where it fails. */
export function runPython(command: string, script: string, args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(command, ['-c', script, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`python ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}
