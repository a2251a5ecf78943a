// @ts-check
/** @typedef {import('./check.mjs').Row} Row */

const COLUMNS = /** @type {const} */ (['what', 'result', 'detail', 'seconds'])
const DETAIL_WIDTH = 100

/**
 * Rows as text in columns; details are broken into lines.
 * @param {readonly Row[]} rows
 */
export function tableText(rows) {
  const lines = [[...COLUMNS], ...rows.flatMap(linesOf)]
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at].length)))
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  const [head, ...body] = lines.map((line) =>
    line
      .map((text, at) => (COLUMNS[at] === 'seconds' ? text.padStart(widths[at]) : text.padEnd(widths[at])))
      .join('  '),
  )
  return [head, rule, ...body].map((line) => line.trimEnd()).join('\n')
}

/**
 * 12 pass, 1 FAIL, 2 skip
 * @param {readonly Row[]} rows
 */
export function countsText(rows) {
  const count = (/** @type {string} */ result) => rows.filter((row) => row.result === result).length
  return ['pass', 'FAIL', 'skip'].map((result) => `${count(result)} ${result}`).join(', ')
}

/**
 * The cells of a row, and those below them.
 * @param {Row} row
 * @returns {string[][]}
 */
function linesOf({ what, result, detail, seconds }) {
  const [first, ...more] = broken(detail)
  return [[what, result, first, seconds.toFixed(1)], ...more.map((text) => ['', '', text, ''])]
}

/**
 * Lines of at most DETAIL_WIDTH characters, words kept whole where they fit.
 * @param {string} text
 */
function broken(text) {
  const lines = ['']
  for (const word of text.replace(/\s+/g, ' ').trim().split(' ')) {
    const last = lines[lines.length - 1]
    if (last !== '' && last.length + 1 + word.length > DETAIL_WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
