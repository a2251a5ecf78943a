/** Longer lines are hard to read. */
const MOST_WIDTH = 120
const LEAST_WIDTH = 40
/** Where no terminal says. */
const USUAL_WIDTH = 100

/** Characters of a line: what the terminal has where one is looked at, at most 120; else 100. */
export function lineWidth(): number {
  const widths = [process.stdout, process.stderr].flatMap(({ isTTY, columns: width }) =>
    isTTY && width > 0 ? [width] : [],
  )
  return widths.length === 0 ? USUAL_WIDTH : Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, ...widths))
}

/** A space at which no line is broken. */
export const FIXED_SPACE = '\u00a0'

/** `text` broken at spaces, but not within what is to be typed (between backticks) or before a unit; its lines behind `indent` spaces, those after the first behind `hanging`. */
export function wrapped(text: string, indent: number, hanging = indent): string {
  const width = lineWidth()
  const lines: string[] = []
  let line = ''
  const kept = text
    .replace(/`[^`]*`/g, (typed) => typed.replaceAll(' ', FIXED_SPACE))
    .replace(/(?<=\d) (?=(?:%|[kMGT]B|s|min)(?!\w))/g, FIXED_SPACE)
  for (const word of kept.split(' ')) {
    const before = lines.length === 0 ? indent : hanging
    if (line !== '' && before + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  const indented = lines.map((part, i) => ' '.repeat(i === 0 ? indent : hanging) + part)
  return indented.join('\n').replaceAll(FIXED_SPACE, ' ')
}

/** What is to be typed, broken before its options with the \\ of a shell where it is longer than a line. */
export function typedLines(text: string, indent: number): string {
  const most = lineWidth() - indent - 2
  const lines: string[] = []
  for (const part of text.split(/ (?=-)/)) {
    const line = lines.at(-1)
    const isOpen = line !== undefined && line.length + 1 + part.length <= most - (lines.length > 1 ? 2 : 0)
    if (isOpen) lines[lines.length - 1] = `${line} ${part}`
    else lines.push(part)
  }
  return lines.map((line, i) => ' '.repeat(i === 0 ? indent : indent + 2) + line).join(' \\\n')
}

/** Two columns: names as wide as the widest of at most 24 characters, what they mean beside or below them. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const nameWidth = Math.max(...rows.map(([name]) => (name.length > 24 ? 0 : name.length)))
  const indent = nameWidth + 4
  return rows
    .map(([name, meaning]) => {
      const body = wrapped(meaning, indent)
      if (name.length > nameWidth) return `  ${name}\n${body}`
      return `  ${name.padEnd(nameWidth)}  ${body.trimStart()}`
    })
    .join('\n')
}

/** Control characters, and those that turn the direction of writing or break lines in some terminals. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

/**
 * `text` without what would steer a terminal: names in files are written by others. Control characters become their
 * codes (\x1b); line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (found) => (found === '\n' || found === '\t' ? found : codeOf(found)))
}

/** As `printable`, in one line. */
export function printableLine(text: string): string {
  return text.replace(STEERING, codeOf)
}

function codeOf(character: string): string {
  const code = character.charCodeAt(0)
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}
