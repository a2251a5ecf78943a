// Catches: a time that carries sixty seconds. Cannot catch: a time that was measured wrongly.
import { secondsText } from '#coordinator/cli/text/number-text'
import { expect, test } from 'vitest'

test.each([
  [0.0612, '0.061 s'],
  [99.44, '99.4 s'],
  [119.7, '2 min 0 s'],
  [839.6, '14 min 0 s'],
  [840.4, '14 min 0 s'],
  [3599.9, '60 min 0 s'],
])('%d s is %s', (seconds, text) => {
  expect(secondsText(seconds)).toBe(text)
})
