// A program with threads as a bundle in a folder of its own, made as docs/sessions.md says. Catches: a pool entry that is not
// one file, or is not looked for beside the program. Cannot catch: other bundlers.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lev-bundled-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PROGRAM = `
  import { matrix } from '@levattention/core'
  import { levattention } from '@levattention/coordinator'
  const data = Float32Array.from({ length: 8 * 20_000 }, (_, i) => Math.sin(i * i))
  data.fill(1000, 0, 8)
  const lev = await levattention({ workers: 2 })
  const { rowIds } = await lev.universalSet(matrix(data, { rows: 20_000, cols: 8 }), { epsilon: 0.5 })
  console.log(JSON.stringify([...rowIds]))
  await lev.close()
`

test('a bundle with pool-entry.cjs and kernels.wasm beside it runs on threads', async () => {
  await build({
    stdin: { contents: PROGRAM, resolveDir: ROOT },
    outdir: folder,
    entryNames: 'program',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outExtension: { '.js': '.mjs' },
    external: ['piscina'],
    logLevel: 'error',
  })
  for (const [to, from] of [
    ['pool-entry.cjs', '@levattention/worker/pool-entry'],
    ['kernels.wasm', '@levattention/core/kernels.wasm'],
  ])
    copyFileSync(fileURLToPath(import.meta.resolve(from)), join(folder, to))
  mkdirSync(join(folder, 'node_modules'))
  const piscina = realpathSync(join(ROOT, 'packages/coordinator/node_modules/piscina'))
  symlinkSync(piscina, join(folder, 'node_modules', 'piscina'))
  const printed = execFileSync(process.execPath, [join(folder, 'program.mjs')], { encoding: 'utf8' })
  expect(JSON.parse(printed)).toEqual([0])
})
