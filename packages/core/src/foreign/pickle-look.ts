import type { FileStart, Look } from './file-start.ts'
import { latin1 } from './signatures.ts'

/** Opcodes that a pickle may begin with behind its protocol: what puts something on an empty stack. */
const FIRST_OPCODES = ')]}(NKMJLGXUTcd\x88\x89\x8a\x8c\x8d\x8e\x8f\x95\x96BC'
/** Modules that the first object of a pickle of numbers is looked up in. */
const MODULES = /^.{0,12}(?:numpy|torch|collections)/s

const PICKLE: Look = {
  what: 'a Python pickle (PyTorch, joblib, ...)',
  opaque: false,
  advice: 'save its array as .npy or .safetensors first',
}

/**
 * A Python pickle of protocol 2 to 5, as old PyTorch files are, where more than its first three bytes shows it: it ends with
 * the opcode '.', begins with the frame of protocol 4 or 5, or names a module of numbers.
 */
export function pickleLook(start: FileStart): Look | undefined {
  const { bytes, lastByte } = start
  const isFramed = bytes[2] === 0x95 && latin1(bytes, 7, 4) === '\0\0\0\0'
  const isShown = isFramed || lastByte === 0x2e || MODULES.test(latin1(bytes, 2, 40))
  return isShown ? perhapsPickle(start) : undefined
}

/** By the first three bytes alone, which raw numbers may have. */
export function perhapsPickle({ bytes }: FileStart): Look | undefined {
  const [first, protocol, opcode] = bytes
  const isMarked = first === 0x80 && protocol >= 2 && protocol <= 5
  return isMarked && FIRST_OPCODES.includes(String.fromCharCode(opcode)) ? PICKLE : undefined
}
