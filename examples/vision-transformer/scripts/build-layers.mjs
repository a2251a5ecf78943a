// @ts-check
// Compiles assembly/ to generated/layers.{wasm,d.ts}.
import { fileURLToPath } from 'node:url'
import { buildAssembly } from '../../../scripts/build-assembly.mjs'

await buildAssembly({
  sources: fileURLToPath(new URL('../assembly', import.meta.url)),
  generated: fileURLToPath(new URL('../generated', import.meta.url)),
  name: 'layers',
  beside: fileURLToPath(import.meta.url),
  compiler: () => import('assemblyscript/asc'),
})
