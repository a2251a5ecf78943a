import {
  compileKernels,
  findNative,
  type Kernels,
  loadAddon,
  type NativeChoice,
  scalarKernels,
  wasmKernels,
} from '@levattention/core/internal'
import { describe } from 'vitest'
import { tiered } from './tier.ts'

const module = await compileKernels()
const native = await nativeChoices()

/** Every level of vectors that this machine has, in the quick tier the widest; none where the addon is not built. */
async function nativeChoices(): Promise<readonly NativeChoice[]> {
  const found = await findNative({})
  if (found.state !== 'built') {
    console.log(`skipped: kernels without the native ones, which are ${found.state} (npm run setup says why)`)
    return []
  }
  const { path } = found.choice
  const { levels } = loadAddon(path)
  const alone = tiered(levels.slice(0, 1), levels).map((level) => ({ path, level }))
  // However little there is to share.
  return [...alone, { path, level: levels[0], threads: 3, leastShared: 0 }]
}

interface NamedKernels {
  readonly name: string
  readonly kernels: Kernels
}

/** A fresh instance of every implementation, by a name of its own. */
function namedKernels(): NamedKernels[] {
  return [
    { name: 'scalar', kernels: scalarKernels() },
    { name: 'wasm', kernels: wasmKernels(module) },
    ...native.map((choice) => ({
      name: `native ${choice.level}${choice.threads ? ` on ${choice.threads} threads` : ''}`,
      kernels: wasmKernels(module, undefined, undefined, choice),
    })),
  ]
}

/** A fresh instance of every implementation, the reference first. */
export function allKernels(): Kernels[] {
  return namedKernels().map(({ kernels }) => kernels)
}

/** Runs one suite over every implementation, each with scratch of its own. */
export function eachKernels(name: string, suite: (kernels: Kernels) => void): void {
  describe.each(namedKernels())(`${name}, $name kernels`, ({ kernels }) => suite(kernels))
}
