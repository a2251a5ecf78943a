// @ts-check
// Compiles assembly/ to generated/kernels.{wasm,d.ts} and kernels-relaxed.wasm.
import { fileURLToPath } from 'node:url'
import { buildAssembly } from '../../../scripts/build-assembly.mjs'

await buildAssembly({
  sources: fileURLToPath(new URL('../assembly', import.meta.url)),
  generated: fileURLToPath(new URL('../generated', import.meta.url)),
  name: 'kernels',
  // Fixed-width SIMD for every engine; relaxed SIMD where only exact products are fused (tile.ts), so that no bit differs.
  variants: { 'kernels-relaxed': ['--enable', 'relaxed-simd'] },
  beside: fileURLToPath(import.meta.url),
  compiler: () => import('assemblyscript/asc'),
})
