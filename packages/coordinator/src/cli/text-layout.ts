const WIDTH = 100

/** `text` broken at spaces, each line behind `indent` spaces. */
export function wrapped(text: string, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((part) => ' '.repeat(indent) + part).join('\n')
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
