import { LevError } from '../errors/errors.ts'

export type Scratch = Float32Array | Float64Array | Uint32Array | Uint8Array

/** Where arrays lie. */
export interface ScratchOwner {
  readonly name: string
  /** Is `array` of this instance's memory, and not released? */
  owns(array: Scratch): boolean
  /** Do byte offsets of two owned arrays count from the same place? */
  sameMemory(a: Scratch, b: Scratch): boolean
}

/** An array and the shape that a kernel takes it for. */
export interface Operand {
  readonly name: string
  readonly array: Scratch
  readonly shape: readonly [rows: number, cols: number]
}

export function operand(name: string, array: Scratch, rows: number, cols: number): Operand {
  return { name, array, shape: [rows, cols] }
}

export function requireOperand(owner: ScratchOwner, kernel: string, { name, array, shape }: Operand): void {
  const [rows, cols] = shape
  requireCount(kernel, `${name} rows`, rows)
  requireCount(kernel, `${name} columns`, cols)
  if (array.length < rows * cols) {
    const found = `${name} holds ${array.length} numbers, its shape [${rows}, ${cols}] needs ${rows * cols}`
    throw new LevError('ShapeMismatch', `${kernel}: ${found}; pass an array that is at least as long`)
  }
  if (!owner.owns(array)) {
    const remedy = `take it from f32, f64, u32 or u8 of the same instance and use it before its release`
    const message = `${kernel}: ${name} is not in this ${owner.name} instance's scratch; ${remedy}`
    throw new LevError('Internal', message)
  }
}

export function requireCount(kernel: string, name: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  const message = `${kernel}: ${name} is ${count}; a whole number of at least 0 is needed`
  throw new LevError('ShapeMismatch', message)
}

/** An output that shares bytes with another operand would make the result depend on the order of the work. */
export function requireDisjoint(
  owner: ScratchOwner,
  kernel: string,
  outputs: readonly Operand[],
  inputs: readonly Operand[],
): void {
  for (let i = 0; i < outputs.length; i++) {
    for (let j = i + 1; j < outputs.length; j++) requireApart(owner, kernel, outputs[i], outputs[j])
    for (const input of inputs) requireApart(owner, kernel, outputs[i], input)
  }
}

function requireApart(owner: ScratchOwner, kernel: string, output: Operand, other: Operand): void {
  if (!overlap(output, other) || !owner.sameMemory(output.array, other.array)) return
  const found = `${output.name} and ${other.name} share memory`
  throw new LevError('Internal', `${kernel}: ${found}; an output must not overlap another array`)
}

function overlap(a: Operand, b: Operand): boolean {
  const start = Math.max(a.array.byteOffset, b.array.byteOffset)
  return start < Math.min(usedEnd(a), usedEnd(b))
}

function usedEnd({ array, shape }: Operand): number {
  return array.byteOffset + shape[0] * shape[1] * array.BYTES_PER_ELEMENT
}
