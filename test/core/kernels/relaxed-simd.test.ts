// Catches: a fused product that changes a bit of a Gram, of float32 rows or of float64 ones, which must not be fused; and
// fused kernels that are never chosen. Cannot catch: other machines, whose fused product may be two instructions.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hasRelaxedSimd } from '@levattention/core/internal'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('relaxed-program.mjs', import.meta.url))
// Node 20 has relaxed SIMD behind a flag, which later ones do not know.
const flags = hasRelaxedSimd() ? [] : ['--experimental-wasm-relaxed-simd']

test('kernels that fuse the products of float32 numbers give the bits of those that do not', () => {
  const report = JSON.parse(execFileSync(process.execPath, [...flags, program], { encoding: 'utf8' }))
  expect(report).toEqual({ relaxed: true, compared: 504, different: [] })
})

test('the fused kernels are other kernels, and the engine can compile them only where it says so', () => {
  const [fixed, relaxed] = ['kernels', 'kernels-relaxed'].map((name) =>
    readFileSync(fileURLToPath(import.meta.resolve(`@levattention/core/${name}.wasm`))),
  )
  // f64x2.relaxed_madd, which binaryen leaves as it is; fixed-width kernels may hold these bytes by chance only.
  const madd = Buffer.of(0xfd, 0x87, 0x02)
  expect(relaxed.includes(madd)).toBe(true)
  expect(fixed.includes(madd)).toBe(false)
})
