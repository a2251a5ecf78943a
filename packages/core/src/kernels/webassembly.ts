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

/** A module of one function () -> v128: f64x2.relaxed_madd of three zeros. */
const PROBE = [
  [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // types: () -> v128
  [0x03, 0x02, 0x01, 0x00], // functions: one, of type 0
  [0x0a, 0x13, 0x01, 0x11, 0x00], // code: one body, no locals
  [0x41, 0x00, 0xfd, 0x0f], // i32.const 0, i8x16.splat
  [0x41, 0x00, 0xfd, 0x0f],
  [0x41, 0x00, 0xfd, 0x0f],
  [0xfd, 0x87, 0x02, 0x0b], // f64x2.relaxed_madd, end
]

/** Can this engine compile relaxed SIMD? Node can from version 22 on. */
export function hasRelaxedSimd(): boolean {
  return webAssembly.validate(Uint8Array.from(PROBE.flat()))
}
