import { fileURLToPath } from 'node:url'

/** The command's own file, for processes of it that are started from here or by others. */
export function commandPath(): string {
  return packageFile('bin/levattention.mjs')
}

/** A program that lies beside: what `bench` measures against. */
export function peerPath(name: string): string {
  return packageFile(`peers/${name}`)
}

function packageFile(path: string): string {
  return fileURLToPath(new URL(path, import.meta.resolve('@levattention/coordinator/package.json')))
}
