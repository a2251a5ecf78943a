// Catches: kernels that stay stale after a change of a source or of an output, a failure that is not reported, and
// a build that compiles again for nothing. It runs the real script on a small source in a folder of its own. Cannot catch:
// a compiler that gives other output for the same input.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const core = join(repository, 'packages', 'core')
const root = mkdtempSync(join(tmpdir(), 'lev-build-kernels-'))
const folder = join(root, 'packages', 'core')
const source = join(folder, 'assembly', 'index.ts')
const outputs = ['kernels.wasm', 'kernels.d.ts', 'kernels-relaxed.wasm'].map((name) =>
  join(folder, 'generated', name),
)

mkdirSync(join(folder, 'assembly'), { recursive: true })
mkdirSync(join(root, 'scripts'))
cpSync(join(repository, 'scripts', 'build-assembly.mjs'), join(root, 'scripts', 'build-assembly.mjs'))
cpSync(join(core, 'scripts'), join(folder, 'scripts'), { recursive: true })
cpSync(join(core, 'package.json'), join(folder, 'package.json'))
symlinkSync(join(core, 'node_modules'), join(folder, 'node_modules'))
afterAll(() => rmSync(root, { recursive: true }))

function build(): void {
  execFileSync(process.execPath, [join(folder, 'scripts', 'build-kernels.mjs')], { stdio: 'pipe' })
}

function contents(): string[] {
  return outputs.map((path) => readFileSync(path, 'base64'))
}

function times(): number[] {
  return outputs.map((path) => statSync(path).mtimeMs)
}

test(
  'kernels are built when missing, damaged or older than their sources, and only then',
  { timeout: 120_000 },
  () => {
    writeFileSync(source, 'export function one(): f64 { return 1 }\n')
    build()
    const [first, firstTimes] = [contents(), times()]
    build()
    expect(times(), 'nothing changed').toEqual(firstTimes)

    writeFileSync(outputs[0], 'damaged')
    build()
    expect(contents(), 'a damaged output').toEqual(first)

    writeFileSync(source, 'export function one(): f64 { return missing }\n')
    expect(build, 'a changed source, which does not compile').toThrow(/Cannot find name 'missing'/)
    expect(contents(), 'a failed build writes nothing').toEqual(first)
  },
)
