/** One line of a table, cut into fields. */
export interface TableRecord {
  /** Quotes taken off, blanks around taken off. */
  readonly fields: readonly string[]
  /** Where the next record begins in the text. */
  readonly end: number
  readonly isEmpty: boolean
  /** Lines that it stands on: more than 1 where a quoted field holds line ends. */
  readonly lines: number
}

/**
 * The record of `text` that begins at `start`: RFC 4180, `separator` '' for blanks of any number. Undefined where it is cut off, that is
 * where no line end follows, unless `isWhole`.
 */
export function recordAt(
  text: string,
  start: number,
  separator: string,
  isWhole: boolean,
): TableRecord | undefined {
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  let lines = 1
  let at = start
  const close = () => {
    fields.push(field.trim())
    field = ''
  }
  for (; at < text.length; at++) {
    const character = text[at]
    if (isQuoted) {
      if (character === '\n') lines++
      if (character !== '"') field += character
      else if (text[at + 1] === '"') {
        field += '"'
        at++
      } else isQuoted = false
    } else if (character === '"' && field.trim() === '') {
      field = ''
      isQuoted = true
    } else if (character === '\n' || character === '\r') break
    else if (separator === '' ? character === ' ' || character === '\t' : character === separator) {
      if (separator !== '' || field !== '') close()
    } else field += character
  }
  const isCut = at >= text.length
  if (isCut && (!isWhole || isQuoted)) return undefined
  const isEmpty = fields.length === 0 && field.trim() === ''
  if (separator !== '' || field !== '' || fields.length === 0) close()
  const end = text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : Math.min(at + 1, text.length)
  return { fields, end, isEmpty, lines }
}

/** Of the text from `start` on at most `most` records that are not empty. */
export function recordsFrom(
  text: string,
  start: number,
  separator: string,
  isWhole: boolean,
  most: number,
): TableRecord[] {
  const records: TableRecord[] = []
  for (let at = start; records.length < most && at < text.length;) {
    const record = recordAt(text, at, separator, isWhole)
    if (record === undefined) break
    if (!record.isEmpty) records.push(record)
    at = record.end
  }
  return records
}
