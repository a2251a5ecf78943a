import type { FileStart, Look } from './file-start.ts'
import { tableOf, type TextTable } from './number-table.ts'

/** Text of any kind that is shorter may be raw numbers by chance; so may all text of fewer bytes than a row of two numbers. */
const CERTAIN_BYTES = 32
const LEAST_BYTES = 8
/** Numbers that are all the same repeat at most 8 bytes; of two-byte numbers, 2. Few of these hold a line end. */
const CERTAIN_KINDS = 9
const LINED_KINDS = 6
const LEAST_KINDS = 3

/** What `start` is where all of it reads as text. */
export function textLook(start: FileStart): Look | undefined {
  const text = textOf(start.bytes)
  if (text === undefined) return undefined
  const look = kindOf(text, start.bytes.length === start.byteLength)
  if (!isCertain(look, text)) return undefined
  const { what, advice, holds } = look
  return {
    what,
    opaque: true,
    ...(advice === undefined ? {} : { advice }),
    ...(holds === undefined ? {} : { holds }),
  }
}

/**
 * Eight random bytes are all among the 17 of numbers and separators with a probability of (17/256)^8 = 4e-10; 32 are
 * all printable with one of (97/256)^32 = 3e-14.
 */
function isCertain({ isNumeric, isMarked }: TextKind, text: string): boolean {
  const kinds = new Set(text).size
  const isLined = /[\n\r]/.test(text) && kinds >= LINED_KINDS
  if (text.length >= CERTAIN_BYTES && (kinds >= CERTAIN_KINDS || isLined)) return true
  return text.length >= LEAST_BYTES && kinds >= LEAST_KINDS && (isNumeric === true || isMarked === true)
}

interface TextKind extends Omit<Look, 'opaque'> {
  /** Rows of numbers and nothing else. */
  readonly isNumeric?: boolean
  /** It begins with at least five given characters. */
  readonly isMarked?: boolean
}

/** What servers answer in place of a file. */
const JSON_ERROR = /^\{\s*"(?:error|errors|message|detail|error_?(?:code|description|message))"\s*:/i
const FAILED = 'a download that failed? Fetch the file itself'
const EXPORT = 'save its numbers as .npy first'
const READ = 'it is read as it is: leave out what says how raw numbers are read'

/** A label, and numbers behind that of their column. */
const LIBSVM = /^[+-]?\d+(?:\.\d+)?(?: +\d+:[+-]?[\d.][\d.eE+-]*)+ *(?:#[^\n]*)?(?:\r?\n|$)/
/** As Weka writes it, after comments. */
const ARFF = /^(?:%[^\n]*\n\s*)*@relation\s/i

/** How heavy pairs begin as .csv and as .ndjson. */
export const TEXT_PAIRS = /^(?:query,key,score|\{"query":)/

function kindOf(text: string, isWhole: boolean): TextKind {
  const start = text.trimStart()
  if (start.startsWith('version https://git-lfs'))
    return {
      what: 'a Git LFS pointer, not the file itself',
      advice: 'fetch the file with Git LFS',
      isMarked: true,
    }
  if (/^<(?:!doctype\s+html|html|head|body|script)/i.test(start))
    return { what: 'an HTML page', advice: FAILED, isMarked: true }
  const [error, code = ''] = /^(?:<\?xml[^>]*>\s*)?<Error>(?:\s*<Code>([\w.]{1,64})<)?/.exec(start) ?? []
  if (error !== undefined)
    return { what: `an error as XML${code === '' ? '' : ` (${code})`}`, advice: FAILED, isMarked: true }
  if (JSON_ERROR.test(start) && !/\[\s*[-\d[]/.test(text))
    return { what: 'an error as JSON', advice: FAILED, isMarked: true }
  if (start.startsWith('<svg')) return { what: 'an SVG picture', isMarked: true }
  if (TEXT_PAIRS.test(start))
    return {
      what: 'heavy pairs of levattention, not a matrix',
      advice: 'verify tries them by --heavy, and inspect and report show what --out heavy.npz writes',
      isMarked: true,
    }
  if (start.startsWith('<?xml')) return { what: 'XML text', advice: EXPORT, isMarked: true }
  if (start.startsWith('%%MatrixMarket'))
    return { what: 'a Matrix Market file', advice: 'save the matrix as .npy, dense, first', isMarked: true }
  if (LIBSVM.test(start))
    return { what: 'a LIBSVM file', advice: 'save the matrix as .npy, dense, first', isMarked: true }
  if (ARFF.test(start)) return { what: 'an ARFF file', advice: EXPORT, isMarked: true }
  if (/^(?:\[[\s[{\d"+.-]|\{\s*["}])/.test(start))
    return { what: 'JSON text', advice: EXPORT, holds: 'json', isNumeric: isJson(text) }
  if (/^<(?:[a-z][\w:.-]*(?:\s[^<>]*)?|!--.*)>/i.test(start))
    return { what: 'XML or HTML text', advice: FAILED }
  const table = tableOf(text, isWhole)
  if (isWhole && isProse(text, table))
    return { what: `text, '${shown(text)}'`, advice: FAILED, holds: 'text' }
  if (table === undefined) return { what: 'text', advice: EXPORT, holds: 'text' }
  const { what, isNumeric, cols, rows } = table
  if (table.mayName === true)
    return { what: `${what}, one line without numbers`, advice: FAILED, holds: 'names' }
  return { what, advice: READ, holds: 'table', isNumeric: isNumeric && cols * rows > 1 }
}

/** One line, of words that are no names of columns. */
function isProse(text: string, table: TextTable | undefined): boolean {
  const line = text.trim()
  return (
    !/[\n\r]/.test(line) && (table === undefined ? !/^[\d\s.,;eE+-]*$/.test(line) : table.mayName === false)
  )
}

/** Of fewer characters a name says more. */
const LEAST_SHOWN = 3
/** Characters of a line that a message repeats. */
const SHOWN_CHARS = 60

function shown(text: string): string {
  const line = text
    .trim()
    .replaceAll(/[\s\p{Cf}]+/gu, ' ')
    .replaceAll('`', "'")
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line
}

/** What a file is that reads as text and is too short to be known for it: it may be raw numbers where somebody says so. */
export function shortText({ bytes, byteLength }: FileStart): Look | undefined {
  if (bytes.length !== byteLength || bytes.length >= CERTAIN_BYTES) return undefined
  const text = decoded(bytes, 'utf-8')
  if (text === undefined || text.trim().length < LEAST_SHOWN) return undefined
  const table = tableOf(text, true)
  const holds = table !== undefined && table.mayName !== false && table.cols > 1 ? 'table' : 'text'
  return { what: `text, '${shown(text)}'`, opaque: false, advice: FAILED, holds }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // Cut off, or no JSON.
  }
}

/** The text in `bytes`, which may be cut off at their end; undefined where they are no text. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined
  if (bytes[0] === 0xff && bytes[1] === 0xfe && bytes[2] === 0 && bytes[3] === 0)
    return decoded(thinned(bytes, 4, 0), 'latin1')
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decoded(bytes, 'utf-16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decoded(bytes, 'utf-16be')
  return decoded(bytes, 'utf-8') ?? latin1Text(bytes) ?? wideText(bytes) ?? mostlyText(bytes)
}

/** Every `step`-th byte from `from` on, without the byte order mark. */
function thinned(bytes: Uint8Array, step: number, from: number): Uint8Array {
  return bytes.filter((_, i) => i >= step && i % step === from)
}

/**
 * UTF-16 without a byte order mark: every other byte is zero, the rest is text in lines. Two-byte numbers of few digits
 * have zeros there, too, but no line ends among them.
 */
function wideText(bytes: Uint8Array): string | undefined {
  if (bytes.length < 2 * CERTAIN_BYTES) return undefined
  for (const zeros of [0, 1]) {
    if (!bytes.every((byte, i) => i % 2 !== zeros || byte === 0)) continue
    const text = Buffer.from(bytes.filter((_, i) => i % 2 !== zeros)).toString('latin1')
    if (isPlain(text) && /[\n\r]/.test(text) && /\d/.test(text)) return text
  }
  return undefined
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true })
    return isPlain(text) ? text : undefined
  } catch {
    return undefined // Not in this encoding.
  }
}

/** Of an 8-bit encoding: few bytes above ASCII, none of them a control character. */
function latin1Text(bytes: Uint8Array): string | undefined {
  const high = bytes.reduce((count, byte) => count + (byte > 0x7f ? 1 : 0), 0)
  if (bytes.length < CERTAIN_BYTES || high > bytes.length / 8) return undefined
  const text = Buffer.from(bytes).toString('latin1')
  return isPlain(text) ? text : undefined
}

/**
 * Of another encoding, or with a few control characters in it (an end mark, colours, a zero): lines with digits, of which
 * nine bytes in ten are ASCII. Of random bytes 3 in 8 are; that 58 of 64 are happens once in 10^18 times.
 */
function mostlyText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('latin1')
  const odd = text.replaceAll(/[\t\n\f\r\x20-\x7e]/g, '').length
  const isLong = bytes.length >= 2 * CERTAIN_BYTES && odd <= bytes.length / 10
  return isLong && /\n|\r/.test(text) && /\d/.test(text) && new Set(text).size >= CERTAIN_KINDS
    ? text
    : undefined
}

/** No control characters but tabs, line ends and form feeds. */
function isPlain(text: string): boolean {
  return !/[^\t\n\f\r\x20-\x7e\xa0-\uffff]/.test(text)
}
