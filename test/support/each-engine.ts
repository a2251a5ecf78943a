/** One suite over every way to run tasks: in this thread with both kernels, and on one and two worker threads. */
import { compileKernels, type KernelModule, scalarKernels, wasmKernels } from '@levattention/core/internal'
import type { Engine } from '#coordinator/engines/engine'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import type { RunContext } from '#coordinator/tasks/run-context'
import { ThreadsEngine } from '#coordinator/engines/threads-engine'
import { afterAll, beforeAll, describe } from 'vitest'
import { contextOf } from './run-inline.ts'
import { tiered } from './tier.ts'

interface EngineKind {
  readonly name: string
  readonly open: (module: KernelModule) => Engine
}

const few: readonly EngineKind[] = [
  { name: 'inline engine, scalar kernels', open: () => new InlineEngine(scalarKernels) },
  { name: 'inline engine, WASM kernels', open: (module) => new InlineEngine(() => wasmKernels(module)) },
  { name: '2 threads, WASM kernels', open: (kernelsModule) => new ThreadsEngine(2, { kernelsModule }) },
]

const ENGINE_KINDS = tiered(few, [
  ...few,
  { name: '1 thread, WASM kernels', open: (kernelsModule) => new ThreadsEngine(1, { kernelsModule }) },
  { name: '2 threads, scalar kernels', open: () => new ThreadsEngine(2, { kernelsModule: undefined }) },
])

/** Runs `suite` once an engine; `context()` is a fresh context on it, for use inside tests. */
export function eachEngine(name: string, suite: (context: () => RunContext) => void): void {
  describe.each(ENGINE_KINDS)(`${name}, $name`, ({ open }) => {
    let engine: Engine
    let module: KernelModule
    beforeAll(async () => {
      module = await compileKernels()
      engine = open(module)
    })
    afterAll(async () => {
      await engine.close()
    })
    suite(() => contextOf(engine, engine.kernelsName === 'scalar' ? scalarKernels() : wasmKernels(module)))
  })
}
