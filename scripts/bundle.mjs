// What a process or a thread loads first, as one file each: over a hundred small modules take longer to load than a
// small job to run. Behind the packages' exports stand the same compiled modules, unbundled. Other packages stay outside.
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const packages = fileURLToPath(new URL('../packages/', import.meta.url))
const entries = [
  { package: 'worker', entry: 'pool-entry.js' },
  { package: 'coordinator', entry: 'cli/main.js' },
]

/** Dependencies that are not ours, of ours as well. */
function foreignPackages(name) {
  const { dependencies = {} } = JSON.parse(readFileSync(`${packages}${name}/package.json`, 'utf8'))
  return Object.keys(dependencies).flatMap((dependency) =>
    dependency.startsWith('@levattention/') ? foreignPackages(dependency.slice(14)) : [dependency],
  )
}

/** Once a build, and before tests run: what `tsc` alone has changed must not be tested as it was. */
export default async function bundle() {
  for (const { package: name, entry } of entries) {
    const outdir = `${packages}${name}/dist/bundle`
    rmSync(outdir, { recursive: true, force: true })
    await build({
      entryPoints: [`${packages}${name}/dist/${entry}`],
      outdir,
      entryNames: '[name]',
      bundle: true,
      // Commands that are not asked for stay unread.
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      external: foreignPackages(name),
      sourcemap: 'linked',
      logLevel: 'warning',
    })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
