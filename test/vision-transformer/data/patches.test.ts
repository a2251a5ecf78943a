// Catches: patches from elsewhere in the image, a mirror or shift that moves them wrongly, views that hang on anything but seed and turn.
import { expect, test } from 'vitest'
import { Views } from '#vision/data/augmentation'
import { PLAIN, setPatches } from '#vision/data/patches'
import { LONG, SMALL } from '#vision/model/shape'

const image = Uint8Array.from({ length: 28 * 28 }, (_, i) => i % 251)
const value = (pixel: number) => (pixel / 255 - 0.286) / 0.353
const BLACK = value(0)

function patchesOf(shape = SMALL, view = PLAIN): Float64Array {
  const out = new Float64Array(shape.gridSize ** 2 * shape.patchSize ** 2)
  setPatches(out, image, shape, view)
  return out
}

/** Pixel (y, x) of the patch at (row, col). */
function at(
  patches: Float64Array,
  { gridSize }: { gridSize: number },
  place: [number, number, number, number],
) {
  const [row, col, y, x] = place
  return patches[(row * gridSize + col) * 16 + y * 4 + x]
}

test('a patch of 4 x 4 around every second pixel, black outside', () => {
  const patches = patchesOf()
  expect(at(patches, SMALL, [3, 5, 1, 2])).toBeCloseTo(value(image[(6 - 1 + 1) * 28 + (10 - 1 + 2)]))
  expect(at(patches, SMALL, [0, 0, 0, 3])).toBe(BLACK)
  expect(at(patches, SMALL, [13, 13, 2, 2])).toBeCloseTo(value(image[27 * 28 + 27]))
  expect(at(patches, SMALL, [13, 13, 3, 0])).toBe(BLACK)
})

test('one around every pixel', () => {
  expect(at(patchesOf(LONG), LONG, [9, 4, 2, 3])).toBeCloseTo(value(image[(9 - 1 + 2) * 28 + (4 - 1 + 3)]))
})

test('mirrored and shifted', () => {
  const mirrored = patchesOf(SMALL, { ...PLAIN, isMirrored: true })
  expect(at(mirrored, SMALL, [3, 5, 1, 2])).toBeCloseTo(value(image[6 * 28 + (27 - 11)]))
  const shifted = patchesOf(SMALL, { ...PLAIN, right: 2, down: -1 })
  expect(at(shifted, SMALL, [3, 5, 1, 2])).toBeCloseTo(value(image[7 * 28 + 9]))
})

test('views by seed and turn', () => {
  const augmentation = { mirrors: true, mostShift: 2 }
  const all = (seed: number) =>
    Array.from({ length: 200 }, (_, seen) => new Views(seed, augmentation).of(seen))
  const views = all(1)
  expect(all(1)).toEqual(views)
  expect(all(2)).not.toEqual(views)
  const mirrored = views.filter((view) => view.isMirrored).length
  expect(mirrored).toBeGreaterThan(70)
  expect(mirrored).toBeLessThan(130)
  for (const axis of ['right', 'down'] as const)
    expect([...new Set(views.map((view) => view[axis]))].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
  expect(new Views(1, { mirrors: false, mostShift: 0 }).of(5)).toEqual(PLAIN)
})
