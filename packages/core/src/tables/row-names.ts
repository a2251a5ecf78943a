import { Readable } from 'node:stream'
import { csvParser, type ParsedRecord, quotesError } from './read-table.ts'
import type { TableHead } from './table-head.ts'

/** Names that are handed on together. */
const BATCH_ROWS = 4096

/** The field of each row of a table that names it, in order, from the bytes of its lines. Throws Content (a quote that does not end). */
export async function* readRowNames(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  { idField = 0, linesBefore, ...layout }: TableHead,
): AsyncGenerator<readonly string[], void, void> {
  const parsed = { lines: 0 }
  const { separator } = layout
  const parser = await csvParser(layout, parsed)
  const input = Readable.from(bytes)
  input.on('error', (error) => parser.destroy(error))
  input.pipe(parser)
  let batch: string[] = []
  try {
    for await (const { record } of parser as AsyncIterable<ParsedRecord>) {
      const fields = separator === 0 ? record.filter((field) => field !== '') : record
      batch.push(fields[idField] ?? '')
      if (batch.length < BATCH_ROWS) continue
      yield batch
      batch = []
    }
  } catch (error) {
    throw await quotesError(error, { path, before: { rows: 0, lines: linesBefore }, parsed })
  } finally {
    input.destroy()
    parser.destroy()
  }
  if (batch.length > 0) yield batch
}
