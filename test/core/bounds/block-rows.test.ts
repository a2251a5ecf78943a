// Catches: words on blocks of causal keys that are not those by which keys are chosen. Cannot catch: what bounds by them are worth.
import { chosenBlocksText } from '@levattention/core/internal'
import { expect, test } from 'vitest'

test('blocks are as long as is told', () => {
  expect(chosenBlocksText(64)).toBe(
    '128 rows, doubling up to 512, then an eighth of the rows before where that is more, 4,096 at most',
  )
  expect(chosenBlocksText(1)).toMatch(/^16 rows, doubling/)
  expect(chosenBlocksText(400)).toMatch(/^800 rows, then an eighth/)
  expect(chosenBlocksText(2048)).toBe('4,096 rows')
  expect(chosenBlocksText()).toMatch(/^2d \(16 at least\) rows, doubling up to 512, then/)
})
