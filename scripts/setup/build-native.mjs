// @ts-check
// Compiles the native kernels, or prints why not: all works without. A signal that asks for the end ends the compiler too, and leaves
// nothing behind.
import { constants } from 'node:os'
import { buildAddon } from '../../packages/native/dist/build-addon.js'

const stopped = new AbortController()
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.once(name, () => {
    process.exitCode = 128 + constants.signals[name]
    stopped.abort()
  })

try {
  const result = await buildAddon(process.env, stopped.signal)
  if (result.state === 'failed') {
    console.log(`native kernels not built: ${result.reason}`)
    console.log(
      'WebAssembly runs instead, to the same bytes. They take a C++ compiler, make and Python 3 (Debian: g++ make python3); then: npm run setup',
    )
  }
} catch (error) {
  if (!stopped.signal.aborted) throw error
}
