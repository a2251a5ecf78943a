// @ts-check
// Compiles a folder of AssemblyScript to NAME.wasm, NAME.d.ts and whatever variants are asked for. Beside them lies a hash of all that
// decides them (sources, flags, compiler version, this file), so they are made again exactly when one of these, or they, changed.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A memory that the caller makes and shares: its limits must lie within initialMemory and maximumMemory. */
const flags = [
  'index.ts --runtime stub --pedantic -O3 --noAssert',
  '--importMemory --noExportMemory --sharedMemory --initialMemory 1 --maximumMemory 65536',
  '--enable simd --enable threads --enable bulk-memory',
].flatMap((line) => line.split(' '))

/**
 * @typedef {object} Assembly
 * @property {string} sources folder of index.ts
 * @property {string} generated folder of what is made
 * @property {string} name
 * @property {Readonly<Record<string, readonly string[]>>} [variants] further modules, by name, and their flags
 * @property {string} beside a file of a package that has assemblyscript
 * @property {() => Promise<{ main: Compile }>} compiler
 */

/**
 * The compiler's own `main`, as far as it is used.
 * @typedef {(
 *   flags: string[],
 *   io: { stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, writeFile(name: string, content: string | Uint8Array): void },
 * ) => Promise<{ error: Error | null }>} Compile
 */

/** @param {readonly (string | Buffer)[]} parts */
function hashOf(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}\0`).update(part)
  return hash.digest('hex')
}

/**
 * Read, not imported: loading the compiler takes a second, and mostly there is nothing to compile.
 * @param {Assembly} assembly
 */
function compilerVersion({ beside }) {
  const path = createRequire(beside).resolve('assemblyscript/package.json')
  return JSON.parse(readFileSync(path, 'utf8')).version
}

/** @param {Assembly} assembly */
function modulesOf({ name, variants = {} }) {
  const first = ['--outFile', `${name}.wasm`, '--bindings', 'raw']
  const others = Object.entries(variants).map(([other, own]) => ['--outFile', `${other}.wasm`, ...own])
  return [first, ...others]
}

/** @param {Assembly} assembly */
function outputNames({ name, variants = {} }) {
  return [`${name}.wasm`, `${name}.d.ts`, ...Object.keys(variants).map((other) => `${other}.wasm`)]
}

/** @param {Assembly} assembly */
function inputHash(assembly) {
  const names = readdirSync(assembly.sources).filter((name) => name.endsWith('.ts'))
  const contents = names.toSorted().flatMap((name) => [name, readFileSync(join(assembly.sources, name))])
  const self = readFileSync(fileURLToPath(import.meta.url))
  return hashOf([compilerVersion(assembly), ...flags, ...modulesOf(assembly).flat(), self, ...contents])
}

/**
 * What NAME.hash must say; undefined where an output is missing.
 * @param {Assembly} assembly
 */
function stamp(assembly) {
  const paths = outputNames(assembly).map((name) => join(assembly.generated, name))
  if (!paths.every((path) => existsSync(path))) return undefined
  return `${inputHash(assembly)} ${hashOf(paths.map((path) => readFileSync(path)))}\n`
}

/**
 * Renamed into place, so that nobody ever loads half a file.
 * @param {string} folder
 * @param {string} name
 * @param {string | Uint8Array | undefined} content
 */
function put(folder, name, content) {
  if (content === undefined) throw new Error(`the compiler made no ${name}`)
  const path = join(folder, name)
  writeFileSync(`${path}.${process.pid}`, content)
  renameSync(`${path}.${process.pid}`, path)
}

/** @param {Assembly} assembly */
async function build(assembly) {
  const { main: compile } = await assembly.compiler()
  /** @type {Map<string, string | Uint8Array>} */
  const outputs = new Map()
  for (const own of modulesOf(assembly)) {
    const { error } = await compile([...flags, ...own, '--baseDir', assembly.sources], {
      stdout: process.stderr,
      stderr: process.stderr,
      writeFile: (name, content) => void outputs.set(basename(name), content),
    })
    if (error) {
      process.stderr.write(`build of ${assembly.name}.wasm: ${error.message}\n`)
      process.exit(1)
    }
  }
  mkdirSync(assembly.generated, { recursive: true })
  for (const name of outputNames(assembly)) put(assembly.generated, name, outputs.get(name))
  put(assembly.generated, `${assembly.name}.hash`, stamp(assembly)) // last: an interrupted build is done again
}

/**
 * Nothing where all is up to date.
 * @param {Assembly} assembly
 */
export async function buildAssembly(assembly) {
  const hashFile = join(assembly.generated, `${assembly.name}.hash`)
  if (existsSync(hashFile) && readFileSync(hashFile, 'utf8') === stamp(assembly)) return
  await build(assembly)
}
