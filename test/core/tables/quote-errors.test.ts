// Catches: a message about quotes that do not fit and that names another row or line than an editor shows: behind a header, behind lines
// that were read before the first quote, behind fields with line ends. Cannot catch: which quote of a file was meant.
import { expect, test } from 'vitest'
import { isLevError } from '@levattention/core'
import { readTable, tableHead } from '@levattention/core/internal'

const many = '1,2\n'.repeat(100)

test.each<[what: string, text: string, said: string, row: number]>([
  ['a quote that does not end', 'a,b\n1,2\n3,4\n5,"6\n7,8\n9,1\n', 'row 2 (line 4) a quote begins', 2],
  [
    'one behind characters',
    'a,b\n1,2\n3,4\n5,6 "x"\n7,8\n',
    'row 2 (line 4), column 1 has a quote behind',
    2,
  ],
  ['characters behind one', 'a,b\n1,2\n3,4\n5,"6"x\n7,8\n', 'row 2 (line 4), column 1 has other', 2],
  ['comments on top', '# of a run\na,b\n1,2\n5,"6"x\n', 'row 1 (line 4), column 1', 1],
  ['lines without quotes before', `a,b\n${many}5,"6"x\n`, 'row 100 (line 102), column 1', 100],
  ['line ends in quotes', 'a,b\n"1","2\n"\n5,"6\n7,8\n', 'row 1 (line 4) a quote begins', 1],
])('%s', async (_, text, said, row) => {
  const bytes = Buffer.from(text)
  // As the file is read: the head from its beginning, then pieces of any length.
  const head = tableHead('t.csv', bytes.subarray(0, 24), false, { header: 'yes' })
  const pieces = async function* () {
    await Promise.resolve()
    for (let at = head.dataStart; at < bytes.length; at += 64) yield bytes.subarray(at, at + 64)
  }
  const error = await readTable(pieces(), { path: 't.csv', ...head }, () => undefined).catch(
    (reason: unknown) => reason,
  )
  if (!isLevError(error, 'Content')) throw error
  expect(error.message).toContain(said)
  expect(error.place.row).toBe(row)
})
