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

/** Does the line at `at` hold nothing? */
export function isEmptyLine(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === LINE_FEED || (bytes[at] === RETURN && bytes[at + 1] === LINE_FEED)
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
