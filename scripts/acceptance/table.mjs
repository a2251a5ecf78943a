const COLUMNS = ['what', 'result', 'detail', 'seconds']
const DETAIL_WIDTH = 100

/** Rows as text in columns; details are broken into lines. */
export function tableText(rows) {
  const lines = [Object.fromEntries(COLUMNS.map((name) => [name, name])), ...rows.flatMap(linesOf)]
  const widths = Object.fromEntries(
    COLUMNS.map((name) => [name, Math.max(...lines.map((line) => line[name].length))]),
  )
  const rule = COLUMNS.map((name) => '-'.repeat(widths[name])).join('  ')
  const [head, ...body] = lines.map((line) =>
    COLUMNS.map((name) =>
      name === 'seconds' ? line[name].padStart(widths[name]) : line[name].padEnd(widths[name]),
    ).join('  '),
  )
  return [head, rule, ...body].map((line) => line.trimEnd()).join('\n')
}

/** 12 pass, 1 FAIL, 2 skip */
export function countsText(rows) {
  const count = (result) => rows.filter((row) => row.result === result).length
  return ['pass', 'FAIL', 'skip'].map((result) => `${count(result)} ${result}`).join(', ')
}

function linesOf({ what, result, detail, seconds }) {
  const [first, ...more] = broken(detail)
  const below = more.map((text) => ({ what: '', result: '', detail: text, seconds: '' }))
  return [{ what, result, detail: first, seconds: seconds.toFixed(1) }, ...below]
}

/** Lines of at most DETAIL_WIDTH characters, words kept whole where they fit. */
function broken(text) {
  const lines = ['']
  for (const word of text.replace(/\s+/g, ' ').trim().split(' ')) {
    const last = lines[lines.length - 1]
    if (last !== '' && last.length + 1 + word.length > DETAIL_WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
