import { LevError, isLevError } from '@levattention/core'
import { expect, test } from 'vitest'

test('isLevError narrows by tag', () => {
  const error: unknown = new LevError('Content', 'x', { file: 'a' })
  expect(isLevError(error)).toBe(true)
  expect(isLevError(error, 'Option')).toBe(false)
})
