// What the tests of a build share: which tools are here, and compilers that are none.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const prefix = dirname(dirname(realpathSync(process.execPath)))
/** Where Node's headers lie, if they came with it. */
export const HEADERS = join(prefix, 'include', 'node')

/** What the README says that a build takes. */
export function hasTools(): boolean {
  const programs = ['c++', 'make', 'python3'].map((name) => spawnSync(name, ['--version']).status)
  return existsSync(join(HEADERS, 'node_api.h')) && programs.every((status) => status === 0)
}

/** Python itself: the name in PATH may be a script that looks for others there. */
export function pythonPath(): string {
  const program = 'import sys; print(sys.executable)'
  return spawnSync('python3', ['-c', program], { encoding: 'utf8' }).stdout.trim()
}

/** A script in `folder` that stands for a compiler; `lines` have the path behind -o as $out. */
export function compilerOf(folder: string, name: string, lines: string): string {
  const path = join(folder, name)
  const program = `#!/bin/sh
case "$*" in *--version*) echo "c++ 12.0"; exit 0;; *-dM*) exit 0;; esac
out=; while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
${lines}
`
  writeFileSync(path, program)
  chmodSync(path, 0o755)
  return path
}

/** A folder for PATH with nothing but Node and these programs. */
export function pathOf(folder: string, programs: readonly string[]): string {
  const bin = join(folder, ['bin', ...programs].join('-'))
  mkdirSync(bin, { recursive: true })
  if (!existsSync(join(bin, 'node'))) symlinkSync(process.execPath, join(bin, 'node'))
  for (const program of programs) {
    const { stdout } = spawnSync('which', [program], { encoding: 'utf8' })
    writeFileSync(join(bin, program), `#!/bin/sh\nexec ${stdout.trim()} "$@"\n`)
    chmodSync(join(bin, program), 0o755)
  }
  return bin
}
