import { findNative, LevError } from '@levattention/core/internal'
import { withJob } from '../../job/job.ts'
import { defineCommand } from '../options/command.ts'

export const command = defineCommand({
  name: 'build-native',
  description:
    'Compiles the native kernels: inner loops that are about twice as fast as those in WebAssembly, to the same bytes. Takes a C++ compiler, ' +
    'make and Python of this machine and the headers that came with Node; downloads nothing. Without them everything works by WebAssembly.',
  usage: '',
  options: {},
  examples: [['build-native', 'once after an install; runs then take the native kernels by themselves']],
  async run(_values, io) {
    return await withJob({ workers: 0, kernels: 'scalar', startedMs: io.startedMs }, async (job) => {
      const { path, level, isNew } = await built(io.signal)
      const summary = {
        command: 'build-native',
        inputs: [],
        outputs: [path],
        ...job.measured(),
        kernels: 'native' as const,
      }
      const text = `${isNew ? 'wrote' : 'up to date:'} ${path} (${level} on this machine)`
      return { summary, text }
    })
  },
})

/** Throws SystemLimit where this machine cannot compile or load it, and the reason of `signal`. */
async function built(signal: AbortSignal) {
  const { buildAddon } = await import('@levattention/native/build')
  const result = await buildAddon(process.env, signal)
  if (result.state === 'failed') throw notBuilt(result.reason)
  const found = await findNative()
  if (found.state !== 'built') throw notBuilt(found.state === 'absent' ? 'it is gone again' : found.reason)
  return { ...found.choice, isNew: result.state === 'built' }
}

function notBuilt(reason: string): LevError {
  return new LevError(
    'SystemLimit',
    `the native kernels were not built: ${reason}. They take a C++ compiler, make and Python 3 (Debian: g++ make python3); WebAssembly runs without them`,
  )
}
