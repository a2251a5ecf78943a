import type { ByteSource } from '../files/byte-source.ts'
import { damagedPairs } from './pair-collector.ts'

const CHUNK_BYTES = 1024 * 1024
/** Our longest line has about 130 characters: a longer one is no line of ours, and is not loaded to find out. */
const MAX_LINE_CHARS = 4096

/** The lines of a text, without their ends (\n or \r\n). Throws Content where one is very long or the last has no end. */
export function* linesOf(source: ByteSource): Generator<string> {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, source.byteLength))
  let rest = ''
  let lineNumber = 0
  for (let offset = 0; offset < source.byteLength; offset += chunk.byteLength) {
    const piece = chunk.subarray(0, Math.min(chunk.byteLength, source.byteLength - offset))
    source.read(offset, piece)
    const lines = (rest + piece.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      lineNumber++
      if (line.length > MAX_LINE_CHARS) throw tooLong(source, lineNumber)
      yield line.endsWith('\r') ? line.slice(0, -1) : line
    }
    if (rest.length > MAX_LINE_CHARS) throw tooLong(source, lineNumber + 1)
  }
  if (rest !== '') throw damagedPairs(source.name, `line ${lineNumber + 1}`, 'truncated: the line has no end')
}

function tooLong(source: ByteSource, lineNumber: number): Error {
  return damagedPairs(source.name, `line ${lineNumber}`, `longer than ${MAX_LINE_CHARS} characters`)
}
