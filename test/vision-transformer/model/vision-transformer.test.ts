// Catches: a selection of all keys that is not attention to all, to the bit; random keys that hang on what was seen before; a model that
// is no transformer of its patches (blind to some, or to where they stand).
import { expect, test } from 'vitest'
import { parameterCount } from '#vision/model/parameters'
import { SMALL } from '#vision/model/shape'
import { TINY, tinyModel, TOKENS } from './tiny.ts'

test.each(['leverage', 'norm-max', 'random'] as const)(
  'as many keys by %s as there are tokens: attention to all, to the bit',
  async (rule) => {
    const all = await tinyModel({ full: true })
    const chosen = await tinyModel({ rule, keep: TOKENS })
    for (const model of [all, chosen]) {
      model.forward()
      model.dLogits.set([0.1, -0.2, 0.3, -0.1, -0.1])
      model.backward()
    }
    expect(chosen.logits).toEqual(all.logits)
    expect(chosen.gradient).toEqual(all.gradient)
  },
)

test('random keys are those of the draw, whatever came before', async () => {
  const model = await tinyModel({ rule: 'random', keep: 5, seed: 2 })
  const chosen = (draw: number) => {
    model.forward(draw)
    return model.blocks.map(({ attention }) => attention.keyIds.map((ids) => [...ids]))
  }
  const first = chosen(1)
  expect(chosen(2)).not.toEqual(first)
  expect(chosen(1)).toEqual(first)
  expect(new Set(first.flat().map(String)).size).toBe(6)
})

test('every patch, and where it stands, shows in the logits', async () => {
  const model = await tinyModel({ full: true })
  model.forward()
  const before = model.logits.slice()
  const pixels = TINY.patchSize ** 2
  for (let patch = 0; patch < TOKENS - 1; patch++) {
    model.patches[patch * pixels] += 1
    model.forward()
    expect(model.logits).not.toEqual(before)
    model.patches[patch * pixels] -= 1
  }
  const swapped = model.patches.slice()
  model.patches.set(swapped.subarray(0, pixels), pixels)
  model.patches.set(swapped.subarray(pixels, 2 * pixels), 0)
  model.forward()
  expect(model.logits).not.toEqual(before)
})

test('the model of the study has 148,426 parameters', () => {
  expect(parameterCount(SMALL)).toBe(148_426)
})

test.each([
  [{ heads: 5 }, /5 heads do not share 12 columns evenly/],
  [{ gridSize: 3 }, /3 patches do not stand evenly on 8 pixels/],
  [{ blocks: 0 }, /blocks is 0; it must be a whole number from 1 on/],
])('%j is told of', async (change, message) => {
  await expect(tinyModel({ full: true }, { ...TINY, ...change })).rejects.toThrow(message)
})
