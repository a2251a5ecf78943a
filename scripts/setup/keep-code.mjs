// @ts-check
// Runs the command on a small matrix, with threads and without, and keeps what V8 compiled of it and of the threads' bundle: later processes
// of the same Node read that in place of compiling (packages/core/src/files/load-script.ts). All works without.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../packages/', import.meta.url))
const bundles = [
  { dist: `${packages}coordinator/dist/`, name: 'command.cjs' },
  { dist: `${packages}worker/dist/`, name: 'pool-entry.cjs' },
]

/** Whether it is there for this Node and these bundles; what is of others goes. */
const isKept = bundles.map(({ dist, name }) => {
  const hash = readFileSync(`${dist}bundle/${name}`, 'latin1').slice(3, 35)
  const folder = `${dist}compiled`
  const files = existsSync(folder) ? readdirSync(folder) : []
  for (const file of files) if (!file.includes(hash) || !file.endsWith('.code')) rmSync(join(folder, file))
  return files.some((file) => file.includes(`${hash}-${process.versions.v8}`) && file.endsWith('.code'))
})

if (isKept.includes(false)) {
  const folder = mkdtempSync(join(tmpdir(), 'lev-code-'))
  try {
    lev(['generate', 'planted', '--out', folder, '--n', '20000', '--d', '64', '--m', '2000'])
    const inputs = ['--keys', join(folder, 'K.npy'), '--queries', join(folder, 'Q.npy')]
    const run = ['run', ...inputs, '--epsilon', '0.01']
    lev([...run, '--workers', '2', '--out', join(folder, 'heavy.npz')])
    // What a small job does in its own thread belongs to the command's code.
    lev([...run, '--out', join(folder, 'heavy.csv')])
  } catch (error) {
    console.log(`compiled code not kept, each start compiles: ${String(error)}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {string[]} args */
function lev(args) {
  const bin = `${packages}coordinator/bin/levattention.mjs`
  const env = { ...process.env, LEVATTENTION_KEEP_CODE: '1' }
  execFileSync(process.execPath, [bin, ...args, '--quiet'], { env, stdio: 'inherit' })
}
