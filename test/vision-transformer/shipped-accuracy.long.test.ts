// Catches: shipped weights, or a program, with another accuracy than the table says. Cannot catch: accuracies of what is not shipped.
import { expect, test } from 'vitest'
import { correctOf, expected, nameOf, READINGS, shippedImages } from '#vision/shipped/shipped'
import { tiered } from '../support/tier.ts'

test.each(tiered([READINGS[1]], READINGS))(
  '$arm $reading: as many right as when they were put here',
  async (reading) => {
    expect(await correctOf(reading, shippedImages(), 2)).toBe(expected()[nameOf(reading)])
  },
)
