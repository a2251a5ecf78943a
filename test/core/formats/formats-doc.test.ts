// Catches: a byte table in docs/formats.md that is no longer the one in the source, a version or kind that it does not name.
// Cannot catch: prose that is wrong; the golden files are made from the document by Python scripts for that.
import { readFileSync } from 'node:fs'
import { LEV_FORMAT_VERSION, LEV_KINDS } from '@levattention/core/internal'
import { expect, test } from 'vitest'

const root = new URL('../../../', import.meta.url)
const doc = readFileSync(new URL('docs/formats.md', root), 'utf8')

test('the byte table is the one in preamble.ts, word for word', () => {
  const source = readFileSync(new URL('packages/core/src/lev/preamble.ts', root), 'utf8')
  const comment = source.slice(source.indexOf('/*') + 3, source.indexOf('*/'))
  const table = comment
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''))
    .join('\n')
    .trim()
  expect(table).toContain('THE byte table')
  expect(doc).toContain(`\`\`\`\n${table}\n\`\`\``)
})

test('version and kinds are named', () => {
  expect(doc).toContain(`The format version is ${LEV_FORMAT_VERSION}.`)
  for (const [kind, number] of Object.entries(LEV_KINDS)) expect(doc).toContain(`${number} \`${kind}\``)
})
