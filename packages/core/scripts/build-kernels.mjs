// @ts-check
// Compiles assembly/ to generated/kernels.{wasm,d.ts} and kernels-relaxed.wasm. Beside them lies a hash of all that decides them (sources,
// flags, compiler version, this file), so they are made again exactly when one of these, or they, changed.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(import.meta.url)
const sources = fileURLToPath(new URL('../assembly', import.meta.url))
const generated = fileURLToPath(new URL('../generated', import.meta.url))
const outputNames = ['kernels.wasm', 'kernels.d.ts', 'kernels-relaxed.wasm']

// The memory that wasm-memory.ts makes must lie within initialMemory and maximumMemory.
const flags = [
  'index.ts --runtime stub --pedantic -O3 --noAssert',
  '--importMemory --noExportMemory --sharedMemory --initialMemory 1 --maximumMemory 65536',
  '--enable simd --enable threads --enable bulk-memory',
].flatMap((line) => line.split(' '))
// Fixed-width SIMD for every engine; relaxed SIMD where only exact products are fused (tile.ts), so that no bit differs.
const variants = [
  ['--outFile', 'kernels.wasm', '--bindings', 'raw'],
  ['--outFile', 'kernels-relaxed.wasm', '--enable', 'relaxed-simd'],
]

/** @param {readonly (string | Buffer)[]} parts */
function hashOf(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}\0`).update(part)
  return hash.digest('hex')
}

/** Read, not imported: loading the compiler takes a second, and mostly there is nothing to compile. */
function compilerVersion() {
  const path = createRequire(import.meta.url).resolve('assemblyscript/package.json')
  return JSON.parse(readFileSync(path, 'utf8')).version
}

function inputHash() {
  const names = readdirSync(sources).filter((name) => name.endsWith('.ts'))
  const contents = names.toSorted().flatMap((name) => [name, readFileSync(join(sources, name))])
  return hashOf([compilerVersion(), ...flags, ...variants.flat(), readFileSync(script), ...contents])
}

/** What kernels.hash must say; undefined where an output is missing. */
function stamp() {
  const paths = outputNames.map((name) => join(generated, name))
  if (!paths.every((path) => existsSync(path))) return undefined
  return `${inputHash()} ${hashOf(paths.map((path) => readFileSync(path)))}\n`
}

/**
 * Renamed into place, so that nobody ever loads half a file.
 * @param {string} name
 * @param {string | Uint8Array | undefined} content
 */
function put(name, content) {
  if (content === undefined) throw new Error(`the compiler made no ${name}`)
  const path = join(generated, name)
  writeFileSync(`${path}.${process.pid}`, content)
  renameSync(`${path}.${process.pid}`, path)
}

async function build() {
  const { main: compile } = await import('assemblyscript/asc')
  /** @type {Map<string, string | Uint8Array>} */
  const outputs = new Map()
  for (const variant of variants) {
    const { error } = await compile([...flags, ...variant, '--baseDir', sources], {
      stdout: process.stderr,
      stderr: process.stderr,
      writeFile: (name, content) => void outputs.set(basename(name), content),
    })
    if (error) {
      process.stderr.write(`build-kernels: ${error.message}\n`)
      process.exit(1)
    }
  }
  mkdirSync(generated, { recursive: true })
  for (const name of outputNames) put(name, outputs.get(name))
  put('kernels.hash', stamp()) // last: an interrupted build is done again
}

const hashFile = join(generated, 'kernels.hash')
const upToDate = existsSync(hashFile) && readFileSync(hashFile, 'utf8') === stamp()
if (!upToDate) await build()
