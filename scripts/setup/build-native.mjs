// @ts-check
// Compiles the native kernels, or prints in one line why not: all works without.
import { buildAddon } from '../../packages/native/dist/build-addon.js'

const result = buildAddon()
if (result.state === 'failed')
  console.log(`native kernels not built, WebAssembly runs instead: ${result.reason}`)
