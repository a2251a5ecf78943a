// @ts-check
// What is going on, for work that says nothing itself.

/** Shorter work is not worth a line. */
const FIRST_AFTER_MS = 1000

/**
 * Does `work` under a line on standard error: on a terminal one that counts seconds and goes away, else one at its start and its
 * end.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work must leave the event loop free
 * @returns {Promise<T>}
 */
export async function withStatus(title, work) {
  const { stderr } = process
  const isTerminal = stderr.isTTY && process.env.TERM !== 'dumb'
  const startMs = performance.now()
  const seconds = () => `${Math.round((performance.now() - startMs) / 1000)} s`
  let isShown = false
  const show = () => {
    if (isTerminal) stderr.write(`\r\x1b[K${cut(`${title}, ${seconds()}`, stderr.columns)}`)
    else if (!isShown) stderr.write(`${title} ...\n`)
    isShown = true
  }
  const timer = setInterval(show, FIRST_AFTER_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    if (isShown) stderr.write(`${isTerminal ? '\r\x1b[K' : ''}${title}: done in ${seconds()}\n`)
  }
}

/**
 * @param {string} line
 * @param {number} columns
 */
function cut(line, columns = 80) {
  return line.length < columns ? line : `${line.slice(0, columns - 4)}...`
}
