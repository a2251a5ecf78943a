// Catches: a headline that counts queries or keys that take no part, in any command that takes them. Cannot catch: answers that such rows take
// part in (test/coordinator/library/seen-rows.test.ts).
import { writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [N, D] = [60, 4] as const
beforeAll(() => {
  for (const [i, name] of ['K', 'Q', 'V'].entries())
    work.npy(`${name}.npy`, [N, D], gaussianRows(N, D, i + 1))
  const mask = Uint8Array.from({ length: N }, (_, i) => Number(i % 4 !== 0))
  writeFileSync(work.path('mask.npy'), Buffer.concat([npyHeader('|u1', [N]), mask]))
})

/** 30 of the 40 keys in the range are seen, and 12 queries. */
const KEYS = '--key-rows 0:40 --key-mask mask.npy'
const BOTH = `--keys K.npy --queries Q.npy ${KEYS} --query-rows 4:16`

test.each([
  [`run ${BOTH} --epsilon .9 --out h.npz`, 'no heavy pair in 12 queries'],
  [`run ${BOTH} --epsilon .9 --out h.npz`, '0 of 30 keys|empty: no key|of 30 keys'],
  [`run --attention softmax ${BOTH} --epsilon .999 --out s.npz`, 'in 12 queries'],
  [`build K.npy ${KEYS} --epsilon .2 --out u.lev`, 'of 30 keys \\('],
  [`scores K.npy ${KEYS} --out t.npy`, 'leverage scores of 30 rows'],
  [`attend ${BOTH} --values V.npy --keep 7 --out O.npy`, 'of 12 queries over 7 of 30 keys each'],
  [`coverage ${BOTH} --keep 7 --out c.csv`, 'At 7 of 30 keys'],
])('%s', async (line, headline) => {
  const [name, ...args] = line.split(' ')
  const { exitCode, stdout, stderr } = await runHere(work, name, ...args, '--force')
  expect(exitCode, stderr).toBe(0)
  expect((stderr + stdout).replaceAll(/\s+/g, ' ')).toMatch(new RegExp(headline, 'i'))
})

test('a curve is of the keys that take part', async () => {
  const { curve, keysSeen } = (await jsonHere(work, 'curve', 'K.npy', ...KEYS.split(' '))) as {
    curve: { universalSize: number; universalFraction: number }[]
    keysSeen: number
  }
  expect(keysSeen).toBe(30)
  for (const { universalSize, universalFraction } of curve) expect(universalFraction).toBe(universalSize / 30)
})
