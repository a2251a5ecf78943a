// @ts-check
// Prose between commands, at the width of the terminal.

const USUAL_WIDTH = 100

function width() {
  const { isTTY, columns } = process.stdout
  return isTTY ? Math.min(USUAL_WIDTH, columns) : USUAL_WIDTH
}

/**
 * @param {string} text
 * @param {number} indent
 */
export function say(text, indent = 2) {
  /** @type {string[]} */
  const lines = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && indent + longer.length > width()) {
      lines.push(line)
      line = word
    } else line = longer
  }
  console.log([...lines, line].map((one) => ' '.repeat(indent) + one).join('\n'))
}

/** @param {string} text */
export function heading(text) {
  console.log(`\n${'='.repeat(width())}`)
  say(text, 0)
  console.log()
}
