// Catches: a model that no longer learns what it did, from real images. Trains on Debian's Fashion-MNIST alone, never on the test
// images that lie in the repository.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DEBIAN_FOLDER, hasImages } from '#vision/data/images'
import { vision } from '../cli.ts'

const root = mkdtempSync(join(tmpdir(), 'vision-fashion-'))
afterAll(() => rmSync(root, { recursive: true }))

test(
  '16 of 50 keys by leverage, 10,000 images: 70 % of the held-out images',
  { timeout: 300_000 },
  (context) => {
    if (!hasImages(DEBIAN_FOLDER, 'train'))
      context.skip('no Fashion-MNIST here: apt-get install dataset-fashion-mnist')
    const out = join(root, 'run')
    const printed = vision('train', '--tokens', '50', '--keep', '16', '--images', '10000', '--out', out)
    const right = Number(/^([\d.]+) % of 5000 held-out images right/m.exec(printed)?.[1])
    expect(right).toBeGreaterThan(70)
    const weights = join(out, 'weights.safetensors')
    const again = vision('evaluate', weights, '--keep', '16', '--images', '2000')
    expect(Number(/([\d.]+) % of 2000 test/.exec(again)?.[1])).toBeGreaterThan(68)
  },
)
