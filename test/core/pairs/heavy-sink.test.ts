// Catches: a format chosen otherwise than by the name, an extension that passes unnoticed, a refusal that comes late.
// The formats themselves are tested in heavy-npz.test.ts and heavy-text.test.ts.
import fs from 'node:fs'
import { join } from 'node:path'
import { openHeavySink, readHeavyPairs } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { addAll, fixedCase, pairsOf, readAll } from './heavy-support.ts'
import { errorOf, testFolder } from '../files/output-support.ts'

const SHAPE = { n: 100, m: 5 }

test.each([
  ['npz', 'PK\u0003\u0004'],
  ['ndjson', '{"qu'],
  ['csv', 'quer'],
])('.%s is chosen by the name, and read back by it', async (extension, start) => {
  const path = join(testFolder(), `heavy.${extension}`)
  const sink = openHeavySink(path, SHAPE)
  await addAll(sink, fixedCase)
  expect(fs.existsSync(path)).toBe(false)
  await sink.finish({})
  expect(fs.readFileSync(path, 'latin1').slice(0, 4)).toBe(start)
  expect(readAll(path)).toEqual(pairsOf(fixedCase))
})

test.each(['heavy', 'heavy.json', 'heavy.NPZ', 'heavy.npz.gz', '.npz'])(
  '%s: usage error that lists the three',
  (name) => {
    const folder = testFolder()
    const opened = errorOf('Option', () => openHeavySink(join(folder, name), SHAPE))
    expect(opened.message).toContain('.npz, .ndjson or .csv')
    expect(opened.place.option).toBe('out')
    expect(errorOf('Option', () => readHeavyPairs(join(folder, name))).place.option).toBe('heavy')
    expect(fs.readdirSync(folder)).toEqual([])
  },
)

test.each(['npz', 'ndjson', 'csv'])(
  'a standing .%s is refused without force, before any work',
  (extension) => {
    const path = join(testFolder(), `heavy.${extension}`)
    fs.writeFileSync(path, 'old')
    errorOf('CannotWrite', () => openHeavySink(path, SHAPE))
    openHeavySink(path, { ...SHAPE, force: true }).abort()
    expect(fs.readFileSync(path, 'utf8')).toBe('old')
  },
)

test('- without a stream is our own mistake', () => {
  errorOf('Internal', () => openHeavySink('-', SHAPE))
})

test.each(['npz', 'ndjson', 'csv'])('a missing .%s is NotFound', (extension) => {
  errorOf('NotFound', () => readHeavyPairs(join(testFolder(), `no.${extension}`)))
})
