import { LevError } from '../errors/errors.ts'
import { type ReadTogether, setReadTogether } from '../files/read-together.ts'
import type { ScratchContent } from './kernels.ts'
import type { Scratch } from './operands.ts'
import { type SharedMemory, webAssembly } from './webassembly.ts'

const PAGE_BYTES = 65_536
/** A cache line: no array shares one with another. */
const ALIGNMENT_BYTES = 64
/** The first page belongs to the compiler (constants, the null pointer). */
const FIRST_BYTE = PAGE_BYTES
/** Smaller steps would only make more buffer objects: a page costs memory when it is first touched. */
const GROW_PAGES = 16
/** One page below 4 GiB, so that the end of an array is a 32-bit number; less where the system refuses that. */
const MAXIMUM_PAGES = [65_535, 16_384, 4_096]
/** What one memory can hold. */
const MOST_BYTES = MAXIMUM_PAGES[0] * PAGE_BYTES

/**
 * The memory of one kernel instance: a stack of arrays that ends at #top, and above it the work space of the
 * kernel that runs now. Shared, because the views of a shared memory stay valid when it grows.
 */
export class WasmMemory {
  readonly shared: SharedMemory
  readonly #maximumBytes: number
  /** V8 may put a new buffer object over the same bytes, after a growth and at later moments: all that we used are ours. */
  readonly #buffers = new WeakSet<ArrayBufferLike>()
  #top = FIRST_BYTE
  /** Puts zeros from a byte on; the kernels' own way is faster. */
  clear = (start: number, byteLength: number): void => {
    new Uint8Array(this.#buffer(), start, byteLength).fill(0)
  }
  /** Fills it from a file, where several threads can. */
  readTogether: ReadTogether | undefined
  /** Hears of each growth. */
  onGrowth: (whole: Uint8Array) => void = () => undefined

  /** Holds `mostBytes` at most, or less where the system refuses that. Throws SystemLimit where it refuses any. */
  constructor(mostBytes = MOST_BYTES) {
    const { memory, maximum } = reserve(mostBytes)
    this.shared = memory
    this.#maximumBytes = maximum * PAGE_BYTES
  }

  f32(length: number, content?: ScratchContent): Float32Array {
    const offset = this.#taken(length * 4, content)
    return new Float32Array(this.#buffer(), offset, length)
  }

  f64(length: number, content?: ScratchContent): Float64Array {
    const offset = this.#taken(length * 8, content)
    return new Float64Array(this.#buffer(), offset, length)
  }

  u32(length: number, content?: ScratchContent): Uint32Array {
    const offset = this.#taken(length * 4, content)
    return new Uint32Array(this.#buffer(), offset, length)
  }

  u8(length: number): Uint8Array {
    const offset = this.#taken(length)
    return new Uint8Array(this.#buffer(), offset, length)
  }

  mark(): number {
    return this.#top
  }

  /** Throws LevError Internal for a number that is not a mark of this memory. */
  release(mark: number): void {
    if (!Number.isSafeInteger(mark) || mark < FIRST_BYTE || mark > this.#top) {
      const message = `release: ${mark} is not a mark of this instance, or is already released`
      throw new LevError('Internal', message)
    }
    this.#top = mark
  }

  /** False as well for an array that was released: a kernel's work space may overwrite it. */
  owns(array: Scratch): boolean {
    return this.#buffers.has(array.buffer) && array.byteOffset + array.byteLength <= this.#top
  }

  /** Offset of `byteLength` bytes above all arrays, until the next call of any method. */
  workSpace(byteLength: number): number {
    const start = align(this.#top)
    this.#ensure(start, byteLength)
    return start
  }

  /** The buffer as it is now: ask after growing. */
  #buffer(): SharedArrayBuffer {
    const { buffer } = this.shared
    this.#buffers.add(buffer)
    if (this.readTogether) setReadTogether(buffer, this.readTogether)
    return buffer
  }

  #taken(byteLength: number, content: ScratchContent = 'zeros'): number {
    const start = this.workSpace(byteLength)
    this.#top = start + byteLength
    if (content === 'zeros') this.clear(start, byteLength)
    return start
  }

  #ensure(start: number, byteLength: number): void {
    const held = this.shared.buffer.byteLength
    const missing = start + byteLength - held
    if (missing <= 0) return
    const most = (this.#maximumBytes - held) / PAGE_BYTES
    const needed = Math.ceil(missing / PAGE_BYTES)
    if (needed > most) throw outOfMemory(start, byteLength, this.#maximumBytes)
    try {
      this.shared.grow(Math.min(Math.max(needed, GROW_PAGES), most))
    } catch (error) {
      throw outOfMemory(start, byteLength, this.#maximumBytes, error)
    }
    this.onGrowth(new Uint8Array(this.shared.buffer))
  }
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
}

/**
 * Reserves address space, not memory. On 64-bit systems V8 takes about 10 GiB whatever the maximum, in order to
 * leave out bounds checks, and gives up below a limit (ulimit -v) unless told to check bounds.
 */
function reserve(mostBytes: number): { memory: SharedMemory; maximum: number } {
  let refusal: unknown
  for (const maximum of MAXIMUM_PAGES.filter((pages) => pages * PAGE_BYTES <= mostBytes)) {
    try {
      return { memory: new webAssembly.Memory({ initial: 2, maximum, shared: true }), maximum }
    } catch (error) {
      refusal = error
    }
  }
  const message = 'kernel memory: the system refuses the address space that WebAssembly reserves'
  throw new LevError('SystemLimit', message, {}, { cause: refusal })
}

function outOfMemory(used: number, wanted: number, maximum: number, cause?: unknown): LevError {
  const found = `${wanted} bytes more than the ${used} in use exceed what can be had (at most ${maximum})`
  const message = `kernel memory: ${found}; work on fewer rows at a time`
  return new LevError('SystemLimit', message, {}, { cause })
}
