import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/** A bundle that has run, and what of it was compiled. */
export interface LoadedScript {
  readonly exports: unknown
  /** V8 compiled it before. */
  readonly wasKept: boolean
  /** Writes the code that was compiled until now to the folder, where the next process finds it. */
  keepCode: () => void
}

/** The build writes this many digits of a hash of the rest into the first line of a bundle: a `//` comment. */
const HASH = /^\/\/ ([0-9a-f]{32})\n/

/**
 * Runs the CommonJS bundle at `path` as `require` would, with the code that V8 compiled of it before where `folder` has that: which
 * reads several times as fast as it compiles. V8 refuses code of another version of itself, of other flags or another CPU, but
 * of the text it compares the length alone: so the file's name has the hash that the bundle's first line tells.
 */
export function loadScript(path: string, folder: string): LoadedScript {
  const text = readFileSync(path, 'latin1')
  const hash = HASH.exec(text)?.[1]
  const cache = hash && join(folder, `${basename(path)}-${hash}-${process.versions.v8}-${process.arch}.code`)
  const cachedData = cache === undefined ? undefined : readCode(cache)
  const source = `(function (exports, require, module, __filename, __dirname) {${text}\n})`
  const script = new Script(source, { filename: path, ...(cachedData ? { cachedData } : {}) })
  const run = script.runInThisContext() as (...given: unknown[]) => void
  const module = { exports: {} }
  run(module.exports, createRequire(path), module, path, dirname(path))
  return {
    exports: module.exports,
    wasKept: cachedData !== undefined && script.cachedDataRejected === false,
    keepCode: () => cache !== undefined && writeCode(cache, script.createCachedData()),
  }
}

/** The code's CRC-32 and its length, 4 bytes each, stand before it. */
const HEAD_BYTES = 8

/** Undefined where there is none, or it is damaged: V8 would run what it finds. */
function readCode(path: string): Buffer | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return undefined
  }
  const code = bytes.subarray(HEAD_BYTES)
  const isWhole =
    bytes.length > HEAD_BYTES &&
    bytes.readUInt32LE(4) === code.length &&
    bytes.readUInt32LE(0) === crc32(code)
  return isWhole ? code : undefined
}

/** Threads may write at the same time. */
function writeCode(path: string, code: Buffer): void {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(crc32(code), 0)
  head.writeUInt32LE(code.length, 4)
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.${process.hrtime.bigint()}`
  writeFileSync(temporary, Buffer.concat([head, code]))
  renameSync(temporary, path)
}
