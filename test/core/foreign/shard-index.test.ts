// Catches: an index of shards that is called JSON text, without the files that hold its tensors. Cannot catch: indices of other programs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMatrix } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { expectRefusal, temporaryFolder } from '../inputs/fixtures.ts'

const FILES = Array.from({ length: 6 }, (_, i) => `model-0000${i + 1}-of-00006.safetensors`)
const refused = (index: unknown) => {
  const path = join(temporaryFolder(), 'model.safetensors.index.json')
  writeFileSync(path, JSON.stringify(index, undefined, 2))
  return expectRefusal(() => openMatrix(path), 'Content').message
}

test('an index of shards names them', () => {
  const weights = Object.fromEntries(
    FILES.flatMap((file, i) => [`k${i}`, `q${i}`].map((name) => [name, file])),
  )
  const message = refused({ metadata: { total_size: 1 }, weight_map: weights })
  expect(message).toContain('which lie in other files')
  expect(message).toContain(`${FILES.slice(0, 4).join(', ')} and 2 more`)
})

test.each([{ weight_map: {} }, { weight_map: 3 }, { other: 1 }, { weight_map: { a: 1 } }])(
  'other JSON is JSON: %j',
  (index) => expect(refused(index)).toContain('JSON text'),
)
