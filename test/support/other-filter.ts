/**
 * The built packages with another bounds/filter-keys.js: copied to a folder of their own and loaded beside the real ones.
 * The product has no hook for it, so a key that is dropped elsewhere shows.
 */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url))
/** Bundles that would bring the real filter; core's holds msgpackr alone. */
const NOT_COPIED = /(?:\.d\.ts|\.map|\.tsbuildinfo|\/(?:worker|coordinator)\/dist\/bundle)$/

export class OtherFilter {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lev-filter-'))

  /** `code` stands behind the real functions and may put others in their place. */
  constructor(code: string) {
    for (const name of ['core', 'worker', 'coordinator']) this.#copy(name)
    appendFileSync(this.#at('packages/core/dist/bounds/filter-keys.js'), `\n${code}\n`)
    // Threads load one file, which holds everything where it is built.
    mkdirSync(this.#at('packages/worker/dist/bundle'))
    writeFileSync(this.#at('packages/worker/dist/bundle/actor-entry.js'), "import '../actor-entry.js'\n")
  }

  /** The copy of the built module `path` of a package. */
  async load(name: string, path: string): Promise<unknown> {
    return await import(pathToFileURL(this.#at(`packages/${name}/dist/${path}.js`)).href)
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #at(path: string): string {
    return join(this.#folder, path)
  }

  #copy(name: string): void {
    const copy = this.#at(`packages/${name}`)
    for (const part of ['package.json', 'dist', ...(name === 'core' ? ['generated'] : [])])
      cpSync(join(PACKAGES, name, part), join(copy, part), {
        recursive: true,
        filter: (path) => !NOT_COPIED.test(path),
      })
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(copy, 'package.json'), 'utf8'),
    ) as {
      dependencies: Record<string, string>
      devDependencies?: Record<string, string>
    }
    this.#link(`@levattention/${name}`, copy)
    for (const needed of Object.keys({ ...dependencies, ...devDependencies }))
      if (!needed.startsWith('@levattention/'))
        this.#link(needed, join(PACKAGES, name, 'node_modules', needed))
  }

  #link(name: string, target: string): void {
    const path = this.#at(`node_modules/${name}`)
    mkdirSync(dirname(path), { recursive: true })
    rmSync(path, { force: true })
    symlinkSync(target, path, 'junction')
  }
}
