/**
 * A concern is { name, about, timing, checks(context) }; `checks` yields { what, run }, one row of the table each. `run`
 * returns the row's detail, throws Skip with the reason, or throws anything else: the row is FAIL.
 */
export class Skip extends Error {}

/** Throws with `message` where `holds` is false. */
export function require(holds, message) {
  if (!holds) throw new Error(message)
}

/** Throws unless both are the same JSON. */
export function requireEqual(found, wanted, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: ${shorten(a)} instead of ${shorten(b)}`)
}

/** Rows { what, result, detail, seconds } of a concern; an error between two checks is a row as well. */
export async function* rowsOf(concern, context) {
  const checks = concern.checks(context)[Symbol.asyncIterator]()
  while (true) {
    let next
    const row = await rowOf({ what: concern.name, run: async () => ((next = await checks.next()), '') })
    if (row.result !== 'pass') {
      yield row
      return
    }
    if (next.done) return
    const { what, run } = next.value
    yield await rowOf({ what: `${concern.name}: ${what}`, run })
  }
}

async function rowOf({ what, run }) {
  const start = performance.now()
  const [result, detail] = await outcomeOf(run)
  return { what, result, detail, seconds: (performance.now() - start) / 1000 }
}

async function outcomeOf(run) {
  try {
    return ['pass', await run()]
  } catch (error) {
    if (error instanceof Skip) return ['skip', error.message]
    return ['FAIL', shorten(error instanceof Error ? error.message : String(error), 1000)]
  }
}

function shorten(text, most = 200) {
  return text.length > most ? `${text.slice(0, most)} …` : text
}
