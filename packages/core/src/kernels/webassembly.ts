// What is used of the WebAssembly API: neither lib ES2023 nor @types/node 20 declares it, and lib DOM is not ours.

declare const compiled: unique symbol

/** A compiled `WebAssembly.Module`. It may be cloned to a worker, in `workerData` or a message. */
export interface KernelModule {
  readonly [compiled]: true
}

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
  grow(pages: number): number
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<KernelModule>
  validate(bytes: Uint8Array): boolean
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory
  readonly Instance: new (
    module: KernelModule,
    imports: { env: { memory: SharedMemory } },
  ) => { readonly exports: object }
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly
