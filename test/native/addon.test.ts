// Catches: an argument of the addon that reaches beyond its memory, is no whole number or lies askew, and is read or written all the same;
// memory that could vanish under a kernel, and is taken; a kernel that nobody calls; growth that is not seen; an id or a pair that is no
// row. Cannot catch: a wrong number inside the memory (test/core/kernels).
import { compileKernels, findNative, loadAddon, webAssembly } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'

const found = await findNative({})
const PAGES = 4
const BYTES = PAGES * 65_536
const NOTHING = Buffer.alloc(BYTES)
const addon = found.state === 'built' ? loadAddon(found.choice.path) : undefined
if (!addon) console.log(`skipped: tests of the native addon, which is ${found.state}`)

type Call = (...args: unknown[]) => unknown

/** Of the API of WebAssembly what no source of ours uses. */
const { Module } = webAssembly as unknown as {
  readonly Module: { exports(module: unknown): readonly { readonly name: string }[] }
}
const exported = Module.exports(await compileKernels()).map(({ name }) => name)

function bound(level: string) {
  const view = new Uint8Array(new SharedArrayBuffer(BYTES))
  const kernels = addon!.bind(view, level, 1, 0) as unknown as Record<string, Call>
  return { view, kernels }
}

/** A number that no open file has: nothing is read. */
const NO_FILE = 10_000

/** Of each kernel a call that fits: [offset, bytes] of an array, a number as it is. All are whole numbers. */
const FITTING: Readonly<Record<string, readonly number[]>> = {
  gram_f32: [64, 1024, 3, 2, 8192],
  gram_f64: [64, 1024, 3, 2, 8192],
  grams_f32: [64, 1024, 3, 2, 2, 8192],
  grams_f64: [64, 1024, 3, 2, 2, 8192],
  read_file: [NO_FILE, 0, 64, 16],
  multiply_pack: [64, 2, 3, 8192],
  multiply_f32: [64, 1024, 3, 2, 3, 8192],
  multiply_f64: [64, 1024, 3, 2, 3, 8192],
  leverage_pack: [64, 2, 8192],
  leverage_f32: [64, 1024, 3, 2, 2048, 8192],
  leverage_f64: [64, 1024, 3, 2, 2048, 8192],
  weighted_norms_f32: [64, 1024, 2048, 3, 2],
  weighted_norms_f64: [64, 1024, 2048, 3, 2],
  row_norms_f32: [64, 1024, 2048, 3, 2],
  row_norms_f64: [64, 1024, 2048, 3, 2],
  at_least_f32: [64, 1024, 1, 3, 0],
  at_least_f64: [64, 1024, 1, 3, 0],
  row_maxima_f32: [64, 1024, 3, 2],
  row_maxima_f64: [64, 1024, 3, 2],
  row_tops: [64, 1024, 3, 2],
  exp2_sums: [64, 1024, 2048, 3, 2, 4096],
  scale_rows_f32: [64, 1024, 2048, 3, 2],
  scale_rows_f64: [64, 1024, 2048, 3, 2],
  scale_rows_to_f32: [64, 1024, 2048, 3, 2],
  row_dots: [64, 1024, 2048, 3, 2],
  move_sum: [64, 1024, 3],
  filter_pack_queries: [64, 3, 2, 8192],
  filter_dots: [64, 3, 1024, 3, 2, 0, 0, 8192],
  split_pack_queries: [64, 3, 2, 8192],
  split_dots_f32: [64, 24, 3, 1024, 3, 2, 8192],
  split_dots_f64: [64, 24, 3, 1024, 3, 2, 8192],
  powers_of_two: [64, 1024, 2048, 3],
  certify_queries: [64, 128, 192, 256, 320, 384, 3, 1, 1, 1, 1, 1, 1, 1],
  filter_factors: [64, 128, 192, 3, 1, 1, 1, 1, 1],
  score_pairs: [64, 128, 192, 256, 320, 384, 1, 448, 2, 512, 2, 576, 640, 2, 1, 1, 1, 0, 0],
  solve_cholesky: [64, 1024, 2],
  equilibrate: [64, 1024, 2048, 2],
  softmax_pairs: [4096, 8192, 12_288, 1024, 64, 128, 192, 256, 0, 320, 3, 384, 3, 2, 448, 512, 576, 32_768],
  softmax_values: [64, 128, 192, 256, 3, 320, 3, 2, 384, 2, 448, 512, 576, 32_768],
  softmax_gradient: [64, 128, 192, 256, 320, 384, 448, 512, 3, 576, 3, 2, 640, 2, 704, 768, 832, 65_536],
  softmax_head: [64, 128, 192, 256, 320, 384, 448, 512, 576, 3, 2, 2, 2, 1, 65_536],
  softmax_head_gradient: [64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 3, 2, 2, 2, 1, 1, 65_536],
}

/** Which of its arguments are real numbers: any does. */
const REAL: Readonly<Record<string, readonly number[]>> = {
  at_least_f32: [2],
  at_least_f64: [2],
  read_file: [0, 1],
  certify_queries: [7, 8, 9, 10, 11, 12, 13],
  filter_factors: [4, 5, 6, 7, 8],
  score_pairs: [14, 15, 16],
  softmax_pairs: [8],
  softmax_head: [13],
  softmax_head_gradient: [15, 16],
}

describe.each(addon?.levels ?? [])('%s', (level) => {
  test('every kernel that there is has a call here, which is taken', () => {
    const { kernels } = bound(level)
    const names = Object.keys(kernels).filter((name) => !name.endsWith('_scratch') && name !== 'grown')
    expect(Object.keys(FITTING).sort()).toEqual(names.sort())
    for (const [name, args] of Object.entries(FITTING))
      expect(() => kernels[name](...args), name).not.toThrow()
  })

  test('every kernel stands in the place of one of WebAssembly, but for what threads share better', () => {
    const { grown, read_file: _, grams_f32: __, grams_f64: ___, ...kernels } = bound(level).kernels
    expect(grown).toBeInstanceOf(Function)
    expect(exported).toEqual(expect.arrayContaining(Object.keys(kernels)))
  })

  test('an argument that does not fit is refused before a byte is written', () => {
    const { view, kernels } = bound(level)
    for (const [name, args] of Object.entries(FITTING)) {
      const places = args.map((_, i) => i).filter((i) => !REAL[name]?.includes(i))
      for (const wrong of [-8, 0.5, NaN, BYTES, 2 ** 32, 2 ** 53, null]) {
        for (const i of places) {
          // A count of a fitting start number is no offset: any below 2^32 is one.
          if (typeof wrong === 'number' && isStart(name, i) && wrong === BYTES) continue
          view.fill(0)
          const call = () => kernels[name](...args.with(i, wrong as number))
          expect(call, `${name} with ${String(wrong)} at ${i}`).toThrow(RangeError)
          expect(NOTHING.equals(view), `${name} wrote`).toBe(true)
        }
      }
      expect(() => kernels[name](...args.slice(1)), `${name} with fewer`).toThrow(/number of arguments/)
      expect(() => kernels[name](...args, 0), `${name} with more`).toThrow(/number of arguments/)
    }
  })

  test('no count is beyond the memory where rows of no columns take none of it, and all that is taken ends soon', () => {
    const { view, kernels } = bound(level)
    const started = performance.now()
    for (const [name, args] of Object.entries(FITTING)) {
      const places = args.map((_, i) => i).filter((i) => isCount(name, args, i))
      // One of them so large, all others 0.
      for (const i of places) {
        const callOf = (count: number) =>
          args.map((arg, j) => (j === i ? count : places.includes(j) ? 0 : arg))
        for (const count of [BYTES + 1, 2 ** 32 - 1])
          expect(() => kernels[name](...callOf(count)), `${name} with ${count} at ${i}`).toThrow(RangeError)
        expect(NOTHING.equals(view)).toBe(true)
        try {
          kernels[name](...callOf(BYTES))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
        view.fill(0)
      }
    }
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  test('a pair or an id that is no row is refused', () => {
    const { view, kernels } = bound(level)
    const words = new Uint32Array(view.buffer)
    words[384 / 4] = 2
    expect(kernels['score_pairs'](...FITTING['score_pairs'])).toBe(-1)
    words.fill(0)
    words[576 / 4] = 3
    expect(() => kernels['softmax_head'](...FITTING['softmax_head'])).toThrow(/id beyond rows/)
    words.fill(0)
    words[704 / 4] = 2 ** 32 - 1
    expect(() => kernels['softmax_head_gradient'](...FITTING['softmax_head_gradient'])).toThrow(
      /id beyond rows/,
    )
  })

  test('memory that has grown is used once it is shown, and what it held stays', () => {
    const memory = new webAssembly.Memory({ initial: 1, maximum: PAGES, shared: true })
    const kernels = addon!.bind(new Uint8Array(memory.buffer), level, 1, 0) as unknown as Record<string, Call>
    const far = [64, 65_536, 3]
    expect(() => kernels['move_sum'](...far)).toThrow(RangeError)
    memory.grow(PAGES - 1)
    const doubles = new Float64Array(memory.buffer)
    doubles[8192] = 2
    kernels['grown'](new Uint8Array(memory.buffer))
    kernels['move_sum'](...far)
    expect([doubles[8], doubles[8192]]).toEqual([2, 0])
  })
})

/** Those of FITTING that are no offsets (all of which are larger), no real numbers and no starts. */
function isCount(name: string, args: readonly number[], i: number): boolean {
  return args[i] < 64 && !REAL[name]?.includes(i) && !isStart(name, i)
}

/** Numbers that are added to what a kernel writes. */
function isStart(name: string, i: number): boolean {
  const starts: Record<string, readonly number[]> = {
    at_least_f32: [4],
    at_least_f64: [4],
    filter_dots: [5, 6],
    score_pairs: [17, 18],
  }
  return starts[name]?.includes(i) ?? false
}

describe.skipIf(!addon)('binding', () => {
  const level = () => addon!.levels[0]

  test('memory that may be detached or resized is refused, and so is what is no memory', () => {
    for (const wrong of [
      new Uint8Array(64),
      new Uint8Array(Reflect.construct(ArrayBuffer, [64, { maxByteLength: 128 }]) as ArrayBuffer),
      new Float64Array(new SharedArrayBuffer(64)),
      new SharedArrayBuffer(64),
      {},
      undefined,
    ])
      expect(() => addon!.bind(wrong as Uint8Array, level(), 1, 0)).toThrow(
        /Uint8Array of a SharedArrayBuffer/,
      )
  })

  test('more or fewer arguments than there are meant to be', () => {
    const memory = new Uint8Array(new SharedArrayBuffer(64))
    const bind: Call = (...args) => addon!.bind(...(args as Parameters<NonNullable<typeof addon>['bind']>))
    for (const args of [
      [memory, level(), 1],
      [memory, level(), 1, 0, 0],
      [memory, level(), 1, 0, undefined, undefined],
    ])
      expect(() => bind(...args)).toThrow(RangeError)
    const { grown } = addon!.bind(memory, level(), 1, 0)
    expect(() => (grown as Call)(memory, memory)).toThrow(RangeError)
    expect(() => (grown as Call)()).toThrow(RangeError)
  })

  test('a level that is not there is refused', () => {
    for (const wrong of ['avx1024', '', 'a'.repeat(1000), 5, undefined])
      expect(() => addon!.bind(new Uint8Array(new SharedArrayBuffer(64)), wrong as string, 1, 0)).toThrow(
        TypeError,
      )
  })

  test('functions hold their memory: it is there when nothing else names it', () => {
    const gone = Array.from({ length: 200 }, () => bound(level()).kernels['move_sum'])
    for (const call of gone) call(64, 1024, 3)
    expect(gone.length).toBe(200)
  })
})
