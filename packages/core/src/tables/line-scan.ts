// Where the parts of a line lie that has no quotes.

export const LINE_FEED = 0x0a
export const RETURN = 0x0d
export const BLANK = 0x20
export const TAB = 0x09

/** Where blanks end that surround a field; a tab is none where it separates. */
export function blanksEnd(bytes: Uint8Array, start: number, separator: number): number {
  for (let at = start; ; at++) {
    const byte = bytes[at]
    if (byte !== BLANK && (byte !== TAB || separator === TAB)) return at
  }
}

/** Where the line ends, exclusive, that begins at `at` and holds nothing but blanks; -1 where it holds more. */
export function emptyLineEnd(bytes: Uint8Array, at: number, separator: number): number {
  const end = blanksEnd(bytes, at, separator)
  if (bytes[end] === LINE_FEED) return end + 1
  return bytes[end] === RETURN && bytes[end + 1] === LINE_FEED ? end + 2 : -1
}

/** Where a field without quotes ends: before its `separator` (-1: blanks), or its line's end. */
export function fieldEnd(bytes: Uint8Array, start: number, separator: number): number {
  let at = start
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === separator || byte === LINE_FEED) break
    if (separator < 0 && (byte === BLANK || byte === TAB)) break
  }
  return bytes[at] === LINE_FEED && bytes[at - 1] === RETURN && at > start ? at - 1 : at
}
